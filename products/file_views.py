"""The bytes of one product, under three addresses: by its key, by key and name, and raw data by their execution block.

Many programs save a file under the last part of its address, and go on with whatever is there under that name: an
address that ends in the name of the file keeps two files apart (docs/decisions/0035).  401 asks who you are; 403 says
that we know and you may not.
"""

from django.http import HttpResponseRedirect
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.views import APIView

from archive.errors import ArchiveError
from archive.identity import Basic, Token
from products import answering, download, raw_data, streams, tickets
from products.tickets import Ticket


class UnknownFileError(ArchiveError):
    status = 404
    code = "unknown-file"

    def __init__(self, name, product):
        super().__init__(f"The file at this address is not called {name!r}.", f"Its name is {product.name}.")


class BytesView(APIView):
    """Whatever the address names (`permitted`), `HEAD` and `GET` of its bytes are answered in one way."""

    authentication_classes = [Basic, Token, Ticket, SessionAuthentication]
    content_negotiation_class = answering.AnyAccept
    for_browsers = True
    limited_as = "file"  # archive/limits.py

    @extend_schema(exclude=True)
    def head(self, request, **named):
        """Answered here, never by redirect: a presigned link is good for GET alone, and clients skip the file."""
        found = self.permitted(request, **named)
        return answering.unless_cached(request, found) or answering.described(found)

    def hand_out(self, request, **named):
        if home := tickets.again(request):
            return answering.elsewhere(home)
        found = self.permitted(request, **named)
        sent = self.linked(request, found) or answering.unless_cached(request, found)
        return sent or answering.sent(request, found, self.opened)

    def linked(self, request, found):
        """Where the store may answer in our place, a redirect to it."""
        return None

    def opened(self, found, span, **asked):
        """The bytes of `span`."""
        return streams.open_stream(found, span, **asked)


class OneFileView(BytesView):
    """Whichever file the address names."""

    def linked(self, request, found):
        link = download.link_for(found, by=request.user, now=request.now) if _is_plain(request) else None
        if link is None:
            return None
        kept = {"Cache-Control": download.NEVER_KEPT}  # the link is good for a minute
        return HttpResponseRedirect(link, headers=download.succession(found) | kept)


def described(operation, tag="products"):
    """How they stand in the schema."""
    return extend_schema(
        operation_id=operation, tags=[tag], parameters=answering.HEADERS, responses=answering.RESPONSES
    )


class FileView(OneFileView):
    """The bytes of a product."""

    def permitted(self, request, pk):
        return download.permitted(pk, by=request.user, now=request.now)

    @described("file")
    def get(self, request, pk):
        return self.hand_out(request, pk=pk)


class NamedFileView(OneFileView):
    """The bytes of a product, at an address that ends in its name."""

    def permitted(self, request, pk, name):
        found = download.permitted(pk, by=request.user, now=request.now)
        if name not in {found.name, download.safe_name(found.name)}:
            raise UnknownFileError(name, found)
        return found

    @described("named_file")
    def get(self, request, pk, name):
        return self.hand_out(request, pk=pk, name=name)


class RawView(OneFileView):
    """The raw data (ASDM) of an execution block as one tar: the version that is in force."""

    def permitted(self, request, block):
        key = raw_data.key_of(block, by=request.user, now=request.now)
        return download.permitted(key, by=request.user, now=request.now)

    @described("raw_data")
    def get(self, request, block):
        return self.hand_out(request, block=block)


def _is_plain(request):
    """A GET that says nothing of ranges, conditions or callers, which a foreign server may answer as well."""
    return not any(name in {"Range", "Authorization"} or name.startswith("If-") for name in request.headers)
