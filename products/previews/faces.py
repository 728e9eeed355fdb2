"""Previews for browsers and programs: the list, and each of them.  Who may have the file may have them."""

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

from archive.identity import Basic, Token
from archive.shapes import ErrorShape
from products.answering import AnyAccept
from products.previews import shown
from products.previews.shapes import PreviewsShape

ERRORS = dict.fromkeys((401, 403, 404, 410), ErrorShape)


@extend_schema(operation_id="previews", tags=["products"], responses={200: PreviewsShape} | ERRORS)
@api_view(["GET"])
def previews(request, pk):
    """Previews of an image: pictures in two sizes, and the numbers that they were drawn from as JSON."""
    found = shown.of_product(pk, by=request.user, now=request.now)
    return Response(PreviewsShape(found, context={"request": request}).data)


class PreviewView(APIView):
    """One preview.  Where the data are not public, who looked at it is in the access log."""

    authentication_classes = [Basic, Token, SessionAuthentication]
    content_negotiation_class = AnyAccept
    for_browsers = True
    limited_as = "file"  # archive/limits.py

    @extend_schema(
        operation_id="preview",
        tags=["products"],
        responses={(200, "image/png"): OpenApiTypes.BINARY, (200, "application/json"): OpenApiTypes.OBJECT, 304: None}
        | ERRORS,
    )
    def get(self, request, pk, name):
        product, preview = shown.find(pk, name, by=request.user, now=request.now)
        tag = f'"{preview.sha256}"'
        answer = get_conditional_response(request, tag)
        if answer is None:
            body = shown.content(product, preview, by=request.user, now=request.now)
            answer = HttpResponse(body, content_type=preview.media_type)
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache, no-transform"
        return answer
