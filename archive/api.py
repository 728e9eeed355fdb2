"""Projects, member ObsUnitSets and delegations for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.response import Response

from archive import asked, delegations, find, shown
from archive.shapes import (
    DelegationAskedShape,
    DelegationListShape,
    DelegationShape,
    ErrorShape,
    MousShape,
    ProjectShape,
)


@extend_schema(operation_id="project", tags=["archive"], responses={200: ProjectShape, 404: ErrorShape})
@api_view(["GET"])
def project(request, code):
    """A project and its member ObsUnitSets.  Public, whatever the state of the data."""
    found = shown.project(code, request.user, request.now)
    return Response(ProjectShape(found, context={"request": request}).data)


@extend_schema(operation_id="mous", tags=["archive"], responses={200: MousShape, 404: ErrorShape})
@api_view(["GET"])
def mous(request, uid):
    """A member ObsUnitSet with its execution blocks, spectral windows and sources.

    The uid may be written in any spelling: uid://A001/X2d6/X2dd (percent-encoded or not) or uid___A001_X2d6_X2dd.
    """
    found = shown.mous(uid, request.user, request.now)
    return Response(MousShape(found, context={"request": request}).data)


@extend_schema(methods=["GET"], operation_id="delegations", tags=["access"], responses={200: DelegationListShape})
@extend_schema(
    methods=["POST"],
    operation_id="grant",
    tags=["access"],
    request=DelegationAskedShape,
    responses={201: DelegationShape, 400: ErrorShape, 403: ErrorShape, 404: ErrorShape},
)
@api_view(["GET", "POST"])
def delegation_list(request):
    """GET: the delegations you gave or received.  POST: as PI, let somebody have the data of your project."""
    if request.method == "GET":
        rows = delegations.of(request.user).select_related("project", "delegee", "granted_by")
        return Response({"results": DelegationShape(rows, many=True, context={"request": request}).data})
    sent = asked.body(request.data, required=("project", "delegee"))
    wanted = find.project(asked.text(sent, "project"), request.user, request.now)
    made = delegations.grant(wanted, asked.text(sent, "delegee"), by=request.user, now=request.now)
    return Response(DelegationShape(made, context={"request": request}).data, status=status.HTTP_201_CREATED)


@extend_schema(methods=["GET"], operation_id="delegation", tags=["access"], responses={200: DelegationShape})
@extend_schema(
    methods=["DELETE"],
    operation_id="revoke",
    tags=["access"],
    responses={204: None, 403: ErrorShape, 404: ErrorShape},
)
@api_view(["GET", "DELETE"])
def delegation(request, pk):
    """GET: one delegation.  DELETE: as PI, end it; it stays listed with the time of its end."""
    found = delegations.find(request.user, pk)
    if request.method == "GET":
        return Response(DelegationShape(found, context={"request": request}).data)
    delegations.revoke(found, by=request.user, now=request.now)
    return Response(status=status.HTTP_204_NO_CONTENT)
