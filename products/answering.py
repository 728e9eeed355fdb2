"""Answers with the bytes of something that has a name, a size, an ETag and a date: whole, in part, or not again."""

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.negotiation import DefaultContentNegotiation

from archive.shapes import ErrorShape
from products import download, tickets

HEADERS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, description=words)
    for name, words in (
        ("Range", "one range of bytes; several are answered with the whole"),
        ("If-Range", "ETag or date of an earlier part: the whole is sent when the file is another one"),
        ("If-None-Match", "ETag: 304 when it is still the same file"),
    )
]
RESPONSES = (
    {(200, "application/octet-stream"): OpenApiTypes.BINARY, 206: OpenApiTypes.BINARY}
    | {302: None, 304: None, 307: None}
    | dict.fromkeys((401, 403, 404, 409, 410, 416), ErrorShape)
)


class AnyAccept(DefaultContentNegotiation):
    """A file is what it is; a client that asks for application/fits must not be refused."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


def unless_cached(request, found):
    """304 or 412 where the reader's conditions say so, else None."""
    answer = get_conditional_response(request, download.etag(found), download.changed(found))
    if answer is not None:
        answer["ETag"] = download.etag(found)
    return answer


def described(found):
    """What HEAD answers."""
    return _with_headers(HttpResponse(), found, found.size)


def sent(request, found, open_stream):
    """The bytes that are asked for; where processes of their own send them, the way there."""
    if tickets.needed():
        return elsewhere(tickets.address(request, by=request.user, token=request.auth))
    span = download.span_asked(found, request.headers.get("Range", ""), request.headers.get("If-Range", ""))
    whole = download.Span(0, found.size)
    pieces = open_stream(found, span or whole, by=request.user, now=request.now, token=request.auth)
    answer = StreamingHttpResponse(pieces, status=206 if span else 200)
    if span:
        answer["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{found.size}"
    return _with_headers(answer, found, (span or whole).size)


def elsewhere(where):
    """The client repeats its Range there, and the rule is asked again."""
    return HttpResponse(status=307, headers={"Location": where, "Cache-Control": "no-store"})


def _with_headers(answer, found, length):
    for name, value in download.headers(found).items():
        answer[name] = value
    answer["Content-Length"] = str(length)
    return answer
