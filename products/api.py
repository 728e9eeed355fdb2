"""Products for programs: lists, one product, and the checksums of its blocks.  Its bytes: products/file_views.py."""

import orjson
from django.core.paginator import Paginator
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from archive import asked, find
from archive.identity import Basic, Token
from archive.shapes import ErrorShape
from products import blocks, download, listing
from products.digests import BLOCK_BYTES
from products.shapes import BlocksShape, ProductDetailShape, ProductPageShape

PAGE = 100
LINKED = {"mous": "mous__uid", "eb": "eb__uid", "source": "source__name"}
PLAIN = ("id", "origin", "role", "directory", "name", "size", "sha256", "media_type", "spws", "mode", "layer", "stokes")
STATE = ("version", "superseded_at", "stored_at", "expires_at", "quarantined_at", "readable")
COLUMNS = (*PLAIN, *LINKED.values(), *STATE)
PARAMETERS = [
    OpenApiParameter("mous", str, required=True, description="uid of the MOUS, any spelling"),
    OpenApiParameter("page", int, description=f"counted from 1, {PAGE} products each"),
    OpenApiParameter("versions", str, enum=["current", "all"], description="`all`: also what was superseded"),
]


@extend_schema(
    operation_id="products",
    tags=["products"],
    parameters=PARAMETERS,
    responses={200: ProductPageShape, 400: ErrorShape, 404: ErrorShape},
)
@api_view(["GET"])
def product_list(request):
    """Products of a MOUS, whether the caller may have their bytes or not."""
    sent = asked.body(request.query_params.dict(), required=("mous",), optional=("page", "versions"))
    wanted = find.mous(sent["mous"], request.user, request.now)
    rows = listing.OfMous(wanted, request.user, request.now, COLUMNS, every=listing.every(sent.get("versions")))
    page = Paginator(rows, PAGE).get_page(sent.get("page", 1))
    return Response({"count": page.paginator.count, "next": _next(request, page), "results": rendered(request, page)})


@extend_schema(operation_id="product", tags=["products"], responses={200: ProductDetailShape, 404: ErrorShape})
@api_view(["GET"])
def product(request, pk):
    """One product, also when it is superseded or withdrawn."""
    found = listing.find(pk, request.user, request.now)
    return Response(ProductDetailShape(found, context={"request": request}).data)


def rendered(request, rows):
    """Rows of `values()` as the API shows them."""
    root = request.build_absolute_uri("/").rstrip("/")
    return [
        {shown: row.pop(column) for shown, column in LINKED.items()}
        | row
        | {"quarantined_at": row["quarantined_at"] if row["readable"] else None}
        | {"file": root + download.address(row["id"], row["name"])}
        for row in rows
    ]


def _next(request, page):
    if not page.has_next():
        return None
    query = request.query_params.copy()
    query["page"] = page.next_page_number()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


class BlocksView(APIView):
    """Checksums of the blocks of a product, under the rule of the file itself: they tell of its content."""

    authentication_classes = [Basic, Token, SessionAuthentication]

    @extend_schema(
        operation_id="blocks",
        tags=["products"],
        responses={200: BlocksShape} | dict.fromkeys((401, 403, 404, 409, 410), ErrorShape),
    )
    def get(self, request, pk):
        found = download.permitted(pk, by=request.user, now=request.now)
        told = {"size": found.size, "sha256": found.sha256, "block_bytes": BLOCK_BYTES, "crc32": blocks.of(found)}
        return HttpResponse(orjson.dumps(told), content_type="application/json")
