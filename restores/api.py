"""Requests for programs: ask for a restore or an image, follow it, end it."""

from django.core.paginator import Paginator
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from archive import asked, find
from archive.shapes import ErrorShape
from products import listing
from restores import keeping, shown, submit
from restores.models import Request
from restores.shapes import ImageAskedShape, RequestBriefShape, RequestPageShape, RequestShape, RestoreAskedShape

PAGE = 100
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ErrorShape)


class RequestList(APIView):
    """What restores and images have in common: the caller's own, newest first, a page at a time."""

    kind = None

    def listed(self, request):
        sent = asked.body(request.query_params.dict(), optional=("page",))
        rows = shown.visible_to(request.user, request.now).filter(kind=self.kind)
        page = Paginator(rows, PAGE).get_page(sent.get("page", 1))
        results = RequestBriefShape(page.object_list, many=True, context={"request": request}).data
        further = f"{request.path}?page={page.next_page_number()}" if page.has_next() else None
        return Response(
            {
                "count": page.paginator.count,
                "next": further and request.build_absolute_uri(further),
                "results": results,
            }
        )


class RequestDetail(APIView):
    kind = None

    def told(self, request, pk):
        return Response(_detail(request, shown.find(request.user, pk, request.now, [self.kind])))

    def ended(self, request, pk):
        submit.abort(shown.find(request.user, pk, request.now, [self.kind]), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _listing(what):
    page = OpenApiParameter("page", int, description=f"counted from 1, {PAGE} requests each")
    return extend_schema(operation_id=what, tags=["requests"], parameters=[page], responses={200: RequestPageShape})


def _asking(what, body):
    return extend_schema(operation_id=what, tags=["requests"], request=body, responses={201: RequestShape} | REFUSALS)


def _telling(what):
    return extend_schema(operation_id=what, tags=["requests"], responses={200: RequestShape, 404: ErrorShape})


def _ending(what):
    refusals = {404: ErrorShape, 409: ErrorShape}
    return extend_schema(operation_id=what, tags=["requests"], responses={204: None} | refusals)


class RestoreList(RequestList):
    kind = Request.Kind.RESTORE

    @_listing("restores")
    def get(self, request):
        """Your restore requests, newest first; staff see everybody's."""
        return self.listed(request)

    @_asking("request_restore", RestoreAskedShape)
    def post(self, request):
        """Ask for the calibrated MeasurementSets of a MOUS, remade from the raw data as delivered."""
        sent = asked.body(request.data, required=("mous",))
        wanted = find.mous(asked.text(sent, "mous"), request.user, request.now)
        made = submit.request_restore(wanted, by=request.user, now=request.now)
        return Response(_detail(request, made), status=status.HTTP_201_CREATED)


class RestoreDetail(RequestDetail):
    kind = Request.Kind.RESTORE

    @_telling("restore")
    def get(self, request, pk):
        """One restore request: phase, progress, history, error and products."""
        return self.told(request, pk)

    @_ending("abort_restore")
    def delete(self, request, pk):
        """End a request that has not ended; what it was computing is stopped and thrown away."""
        return self.ended(request, pk)


class RenewalView(APIView):
    @extend_schema(
        operation_id="renew_restore", tags=["requests"], request=None, responses={200: RequestShape} | REFUSALS
    )
    def post(self, request, pk):
        """Keep the result of a restore for its usual time from now on."""
        found = shown.find(request.user, pk, request.now, [Request.Kind.RESTORE])
        keeping.renew(found, by=request.user, now=request.now)
        return Response(_detail(request, shown.find(request.user, pk, request.now)))


class ImageList(RequestList):
    kind = Request.Kind.IMAGE

    @_listing("images")
    def get(self, request):
        """Your image requests, newest first; staff see everybody's."""
        return self.listed(request)

    @_asking("request_image", ImageAskedShape)
    def post(self, request):
        """Ask for a cube of one source, a continuum image, or both.  The archive holds one cube per MOUS and source."""
        sent = asked.body(request.data, required=("mous", "source"), optional=ImageAskedShape().fields)
        asked.text(sent, "source")
        wanted = find.mous(asked.text(sent, "mous"), request.user, request.now)
        made = submit.request_image(wanted, sent, by=request.user, now=request.now)
        return Response(_detail(request, made), status=status.HTTP_201_CREATED)


class ImageDetail(RequestDetail):
    kind = Request.Kind.IMAGE

    @_telling("image")
    def get(self, request, pk):
        """One image request: phase, progress, history, error and products."""
        return self.told(request, pk)

    @_ending("abort_image")
    def delete(self, request, pk):
        """End a request that has not ended; the place for a cube of its source becomes free."""
        return self.ended(request, pk)


def _detail(request, row):
    products = listing.of_request(row.pk, request.user, request.now).select_related("mous", "eb", "source")
    return RequestShape(row, context={"request": request, "products": products}).data
