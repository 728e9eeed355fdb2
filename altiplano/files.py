"""The server process for files, and the tickets that lead to it.

With ALTIPLANO_SERVES=files a process answers for the bytes of products and for its health, and for nothing else: slow
readers can then hold every thread of it, and the pages are as quick as ever.
"""

from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import Http404

from products.download import NEVER_KEPT
from products.tickets import PARAMETER

SERVED = {"product-file", "product-named", "raw-data", "bundle-file", "healthz", "readyz"}


class Files:
    """Takes the ticket out of the address at once, so that no log, no error and no link can repeat it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.ticket = _take_ticket(request.META)
        response = self.get_response(request)
        if request.ticket:
            response["Cache-Control"] = NEVER_KEPT
            response["Referrer-Policy"] = "no-referrer"
        return response

    def process_view(self, request, view, args, kwargs):
        if settings.SERVES_FILES_ALONE and request.resolver_match.view_name not in SERVED:
            raise Http404


def _take_ticket(environ) -> str:
    query = environ.get("QUERY_STRING", "")
    if f"{PARAMETER}=" not in query:
        return ""
    said = parse_qsl(query, keep_blank_values=True)
    environ["QUERY_STRING"] = urlencode([(name, value) for name, value in said if name != PARAMETER])
    return next((value for name, value in said if name == PARAMETER), "")
