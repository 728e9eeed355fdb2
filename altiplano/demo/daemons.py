"""The web service and the worker, run by the stack's supervisor beside its servers."""

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

WEB, WORKER = "web", "worker"


def web_port() -> int:
    """Where the web service listens: `ALTIPLANO_PORT`, by default 8000."""
    text = os.environ.get("ALTIPLANO_PORT") or "8000"
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise StackError(f"ALTIPLANO_PORT is {text!r}; it must be a port number from 1024 to 65535.")
    return int(text)


def site_url() -> str:
    return f"http://127.0.0.1:{web_port()}"


def start_web(layout: Layout) -> None:
    if WEB not in running(layout):
        require_free(web_port(), server="the web service", variable="ALTIPLANO_PORT")
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port"]
    argv = [*granian, str(web_port()), "--workers", "1", "--blocking-threads", "8", "altiplano.wsgi:application"]
    start_service(layout, _service(layout, WEB, argv, _answers))


def start_worker(layout: Layout) -> None:
    argv = [sys.executable, "manage.py", "run_jobs"]
    start_service(layout, _service(layout, WORKER, argv, lambda: True))


def _service(layout, name, argv, ready):
    environment = environment_for(layout) | {"ALTIPLANO_SITE_URL": site_url(), "PYTHONUNBUFFERED": "1"}
    return Service(name=name, argv=argv, environment=environment, cwd=REPOSITORY, ready=ready, account=None)


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{site_url()}/healthz", timeout=2) as answer:  # noqa: S310 (our own address)
            return answer.status == http.client.OK
    except (urllib.error.URLError, OSError):
        return False
