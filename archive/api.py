"""Projects, groups and member ObsUnitSets for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from archive import shown
from archive.shapes import ErrorShape, GousShape, MousShape, ProjectShape


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


@extend_schema(operation_id="gous", tags=["archive"], responses={200: GousShape, 404: ErrorShape})
@api_view(["GET"])
def gous(request, uid):
    """A group ObsUnitSet: the MOUSs of one science goal (12m, 7m, TP), and data combined from several of them.

    The uid may be written in any spelling: uid://A001/X2d6/X2db (percent-encoded or not) or uid___A001_X2d6_X2db.
    """
    found = shown.gous(uid, request.user, request.now)
    return Response(GousShape(found, context={"request": request}).data)
