"""Bundles for programs: making one, what is in it, its lists, its script and its archives."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from archive import asked
from archive.identity import Basic, Token
from archive.shapes import ErrorShape
from products import answering
from products.bundles import archives, contents, making, plans, script, selections, sending
from products.file_views import BytesView, described
from products.shapes import BundleAskedShape, BundleShape

ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 410), ErrorShape)


@extend_schema(
    operation_id="make_bundle", tags=["bundles"], request=BundleAskedShape, responses={201: BundleShape} | ERRORS
)
@api_view(["POST"])
def bundle_list(request):
    """Fix a selection of products; what the caller may not have is left out, and told."""
    sent = asked.body(request.data, optional=("products", "mous", "search", "roles", "name"))
    ids = selections.ids(_checked(sent), by=request.user, now=request.now)
    name = asked.text(sent, "name") if "name" in sent else ""
    made = making.make(ids, by=request.user, now=request.now, name=name)
    return Response(_told(request, made.bundle), status=201)


@extend_schema(operation_id="bundle", tags=["bundles"], responses={200: BundleShape} | ERRORS)
@api_view(["GET"])
def bundle(request, pk):
    """A bundle, for whoever may have all of it."""
    return Response(_told(request, making.find(pk)))


def _told(request, found):
    opened = contents.opened(found, by=request.user, now=request.now)
    root = request.build_absolute_uri("/").rstrip("/")
    return {
        "id": found.pk,
        "name": found.name,
        "files": len(opened.files),
        "size": found.size,
        "superseded": making.superseded(opened.files),
        "left_out": making.left_out(found, by=request.user, now=request.now),
    } | {name: root + address for name, address in addresses(found).items()}


def addresses(found) -> dict[str, str]:
    """Where the archives and lists of a bundle are."""
    archive = {kind: reverse("bundle-file", args=[found.pk, f"{found.name}.{kind}"]) for kind in archives.KINDS}
    return archive | {name: reverse(f"bundle-{name}", args=[found.pk]) for name in ("sums", "manifest", "script")}


def _checked(sent):
    """The lists that are sent, as what they are lists of."""
    for name in ("products", "mous", "roles"):
        words = sent.get(name, [])
        if not (isinstance(words, list) and all(isinstance(word, str) and "\0" not in word for word in words)):
            raise asked.BodyError(f"{name} is not a list of texts.", f'Send something like {{"{name}": ["..."]}}.')
    return selections.Selection(
        products=[product_key(word) for word in sent.get("products", [])],
        mous=sent.get("mous", []),
        search=asked.text(sent, "search") if "search" in sent else None,
        roles=sent.get("roles", []),
    )


def product_key(word):
    try:
        return UUID(word)
    except ValueError as bad:
        raise asked.BodyError(f"{word!r} is not the id of a product.", "Ids are listed by /api/products/.") from bad


class ListView(APIView):
    """A text about a bundle, for whoever may have all of it: it names what is proprietary and its digests."""

    authentication_classes = [Basic, Token, SessionAuthentication]
    content_negotiation_class = answering.AnyAccept
    media_type = "text/plain; charset=utf-8"

    def answer(self, request, pk, text):
        plan = plans.opened(making.find(pk), by=request.user, now=request.now)
        return HttpResponse(text(plan.contents), content_type=self.media_type)


class SumsView(ListView):
    @extend_schema(operation_id="bundle_sums", tags=["bundles"], responses={200: OpenApiTypes.STR} | ERRORS)
    def get(self, request, pk):
        return self.answer(request, pk, lambda opened: opened.sums)


class ManifestView(ListView):
    media_type = "application/json"

    @extend_schema(operation_id="bundle_manifest", tags=["bundles"], responses={200: OpenApiTypes.OBJECT} | ERRORS)
    def get(self, request, pk):
        return self.answer(request, pk, lambda opened: opened.manifest)


class ScriptView(ListView):
    media_type = "text/x-shellscript; charset=utf-8"

    @extend_schema(operation_id="bundle_script", tags=["bundles"], responses={200: OpenApiTypes.STR} | ERRORS)
    def get(self, request, pk):
        root = request.build_absolute_uri("/").rstrip("/")
        answer = self.answer(request, pk, lambda opened: script.of(opened, root))
        answer["Content-Disposition"] = "attachment; filename=download.sh"
        return answer


class ArchiveView(BytesView):
    """The bytes of a bundle, made while they are sent; as for one file, any range of them."""

    def permitted(self, request, pk, name):
        return archives.named(making.find(pk), name, by=request.user, now=request.now)

    def opened(self, found, span, **asked):
        return sending.open_stream(found, span, **asked)

    @described("bundle_file", "bundles")
    def get(self, request, pk, name):
        return self.hand_out(request, pk=pk, name=name)
