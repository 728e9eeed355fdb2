"""The web service as it runs in production: servers in processes of their own, on the test database and store."""

import contextlib
import http.client
import os
import subprocess
import time
from types import SimpleNamespace

from django.conf import settings
from django.db import connection

from altiplano.demo import daemons
from altiplano.stack import layout
from altiplano.stack.ports import free_block

READY_SECONDS = 120
FILE_THREADS = daemons.FILE_THREADS


@contextlib.contextmanager
def running(log, *, port=None, threads=8, server=daemons.page_server, application=daemons.APPLICATION, **variables):
    """The port of a service that answers; it is stopped at the end."""
    port = port or free_port()
    with log.open("w") as written:
        process = subprocess.Popen(
            server(port, threads, application),
            cwd=layout.REPOSITORY,
            env=os.environ | environment() | variables,
            stdout=written,
            stderr=written,
        )
    try:
        _await(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=120)


@contextlib.contextmanager
def both_processes(place, **environment):
    """Pages that send readers of files to the other process, as in production; logs are written into `place`."""
    ports = {"pages": free_port(), "files": free_port()}
    environment |= {
        "ALTIPLANO_SITE_URL": f"http://127.0.0.1:{ports['pages']}",
        "ALTIPLANO_FILES_URL": f"http://127.0.0.1:{ports['files']}",
    }
    logs = {name: place / f"{name}.log" for name in ports}
    with (
        running(logs["pages"], port=ports["pages"], **environment),
        files(logs["files"], ports["files"], **environment),
    ):
        yield SimpleNamespace(**ports, logs=logs, url=environment["ALTIPLANO_SITE_URL"])


def files(log, port=None, threads=FILE_THREADS, **environment):
    """The process for files alone."""
    server = {"server": daemons.file_server, "threads": threads, "ALTIPLANO_SERVES": "files"}
    return running(log, port=port, **server, **environment)


def free_port():
    """Kept for this process, unlike one that was tried and closed again."""
    return free_block()[0]


def environment():
    """Variables by which a process works on the test database."""
    database = connection.settings_dict
    account = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    return {
        "ALTIPLANO_DATABASE_URL": f"postgresql://{account}/{database['NAME']}",
        "ALTIPLANO_SECRET_KEY": settings.SECRET_KEY,
        "ALTIPLANO_EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",  # into the log of the service
    }


def _await(port, process, log):
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            if ask(port, "GET", "/healthz")[0] == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the service did not start: {log.read_text()}")


def begin(port, method, path, **headers):
    """A connection and the response on it, with its body still to be read."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    link.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return link, link.getresponse()


def ask(port, method, path, **headers):
    """Status, headers and the whole body."""
    link, response = begin(port, method, path, **headers)
    with contextlib.closing(link):
        return response.status, response.headers, response.read()
