"""One `now` and one id for every request, and a page for every refusal."""

import uuid

from django.utils import timezone

from altiplano.answers import BusyError, page
from archive.errors import ArchiveError, TransientError
from archive.log_context import request_id

# No inline style or script anywhere: what a file name or a comment smuggles into a page cannot run.
CONTENT_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"


class RequestContext:
    """Gives the request its id and its one `now`: no two parts of an answer may see different release states."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.now = timezone.now()
        request.id = uuid.uuid4().hex
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = request.id
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        return response


class ArchiveErrors:
    """Shows a refusal of the core as a page with its sentence, never as a traceback."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        error = BusyError() if isinstance(exception, TransientError) else exception
        return page(request, error) if isinstance(error, ArchiveError) else None
