"""The web service, the process for files and the worker, run by the stack's supervisor beside its servers."""

import http.client
import os
import sys
import urllib.error
import urllib.request

from altiplano.stack.errors import StackError
from altiplano.stack.layout import REPOSITORY, Layout
from altiplano.stack.ports import require_free
from altiplano.stack.servers import environment_for
from altiplano.stack.supervisor import Service, running, start_service

APPLICATION = "altiplano.wsgi:application"
WEB, FILES, WORKER = "web", "files", "worker"
FILE_THREADS = 32  # each holds one reader; they wait for her most of the time


def web_port() -> int:
    """Where the web service listens: `ALTIPLANO_PORT`, by default 8000."""
    return _port("ALTIPLANO_PORT", "8000")


def files_port() -> int:
    """Where files are served: `ALTIPLANO_FILES_PORT`, by default 8001."""
    return _port("ALTIPLANO_FILES_PORT", "8001")


def _port(variable, default) -> int:
    text = os.environ.get(variable) or default
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise StackError(f"{variable} is {text!r}; it must be a port number from 1024 to 65535.")
    return int(text)


def site_url() -> str:
    return f"http://127.0.0.1:{web_port()}"


def files_url() -> str:
    return f"http://127.0.0.1:{files_port()}"


def start_web(layout: Layout) -> None:
    if WEB not in running(layout):
        require_free(web_port(), server="the web service", variable="ALTIPLANO_PORT")
    start_service(layout, _service(layout, WEB, page_server(web_port(), 8), lambda: _answers(site_url())))


def start_files(layout: Layout) -> None:
    """A process of its own for files: slow readers hold its threads and none of the pages'."""
    if FILES not in running(layout):
        require_free(files_port(), server="the server process for files", variable="ALTIPLANO_FILES_PORT")
    argv = file_server(files_port(), FILE_THREADS)
    start_service(layout, _service(layout, FILES, argv, lambda: _answers(files_url()), ALTIPLANO_SERVES="files"))


def page_server(port: int, threads: int, application: str = APPLICATION) -> list[str]:
    listening = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return [sys.executable, "-m", "granian", *listening, "--blocking-threads", str(threads), application]


def file_server(port: int, threads: int, application: str = APPLICATION) -> list[str]:
    """Whoever still reads when it is told to stop is left after a second and a half: the supervisor waits for four."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:altiplano.file_server"]
    listening = ["--bind", f"127.0.0.1:{port}", "--threads", str(threads), "--graceful-timeout", "3"]
    return [*command, *listening, application]


def start_worker(layout: Layout) -> None:
    argv = [sys.executable, "manage.py", "run_jobs"]
    start_service(layout, _service(layout, WORKER, argv, lambda: True))


def _service(layout, name, argv, ready, **variables):
    addresses = {"ALTIPLANO_SITE_URL": site_url(), "ALTIPLANO_FILES_URL": files_url()}
    environment = environment_for(layout) | addresses | {"PYTHONUNBUFFERED": "1"} | variables
    return Service(name=name, argv=argv, environment=environment, cwd=REPOSITORY, ready=ready, account=None)


def _answers(url) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:  # noqa: S310 (our own address)
            return answer.status == http.client.OK
    except (urllib.error.URLError, OSError):
        return False
