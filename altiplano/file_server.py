"""How gunicorn serves files (decision 0043): `gunicorn --config python:altiplano.file_server ...`.

Its command line can say otherwise: `--bind`, `--workers`, `--threads`, `--graceful-timeout`.
"""

from django.core.exceptions import ImproperlyConfigured

from altiplano.variables import setting


def _seconds(name, default):
    said = setting(name, default)
    if not said.isdecimal() or not 1 <= int(said) <= 86_400:
        raise ImproperlyConfigured(f"{name} is {said!r}. Write whole seconds, from 1 to 86400.")
    return int(said)


reader_seconds = _seconds("ALTIPLANO_READER_SECONDS", "300")  # for altiplano/file_worker.py; no setting of gunicorn

worker_class = "altiplano.file_worker.FileWorker"
logger_class = "altiplano.file_worker.FileLog"
threads = 64  # each holds one reader who is sent bytes; they wait for her most of the time
worker_connections = 500  # with those who have said nothing yet: each has a file descriptor
keepalive = 10  # seconds for the whole head of a request, the first one and each next one
timeout = 120  # a worker whose main thread is silent for so long is taken for dead
graceful_timeout = 30  # seconds to stop; readers are left after half of it, and it is written down what they got

# The thread that has read a piece sends it, and little waits in the socket: see altiplano/limit_settings.py
raw_env = ["ALTIPLANO_HOLDS_NO_PIECES=1"]

# Head of a request: an address with a ticket is long, and no reader sends many headers
limit_request_line = 8190
limit_request_fields = 100
http_parser = "python"  # the same one wherever it is installed

# Who a reader is and whether she came by TLS is for Django to read out of headers, by its own settings
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
header_map = "drop"  # of X_Forwarded_For nobody can tell whether a proxy wrote it

control_socket_disable = True  # else a socket in the home directory takes commands
