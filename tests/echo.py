"""A WSGI application that tells what its server made of a request."""

import json

TOLD = ("REQUEST_METHOD", "PATH_INFO", "SCRIPT_NAME", "QUERY_STRING", "REMOTE_ADDR", "wsgi.url_scheme")


def application(environ, start_response):
    told = {name: value for name, value in environ.items() if name in TOLD or name.startswith("HTTP_")}
    told["body"] = environ["wsgi.input"].read(2**20).decode("latin-1")
    written = json.dumps(told).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(written)))])
    return [written]
