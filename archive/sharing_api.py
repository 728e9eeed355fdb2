"""Delegations and invitations for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.response import Response

from archive import asked, delegations, invitations, share
from archive.models import Delegation
from archive.shapes import (
    DelegationAskedShape,
    DelegationListShape,
    DelegationShape,
    EndAskedShape,
    ErrorShape,
    InvitationListShape,
    InvitationShape,
)

REFUSALS = {400: ErrorShape, 403: ErrorShape, 404: ErrorShape}


@extend_schema(methods=["GET"], operation_id="delegations", tags=["access"], responses={200: DelegationListShape})
@extend_schema(
    methods=["POST"],
    operation_id="grant",
    tags=["access"],
    request=DelegationAskedShape,
    responses={201: DelegationShape, 202: InvitationShape, 429: ErrorShape, 503: ErrorShape} | REFUSALS,
)
@api_view(["GET", "POST"])
def delegation_list(request):
    """GET: the delegations you gave or received.  POST: as PI, let somebody have the data of your project.

    Name an account (201, in force at once) or an e-mail address (202, a letter with an invitation is sent, whether or
    not an account here has that address).
    """
    if request.method == "GET":
        return _shown(request, DelegationListShape, {"results": delegations.of(request.user, request.now)})
    sent = asked.body(request.data, required=("project",), optional=share.WORDS)
    texts = {name: asked.text(sent, name) for name in sent if sent[name] is not None}
    made = share.share(asked.text(sent, "project"), texts, by=request.user, now=request.now)
    if isinstance(made, Delegation):
        return _shown(request, DelegationShape, made, status.HTTP_201_CREATED)
    return _shown(request, InvitationShape, made, status.HTTP_202_ACCEPTED)


@extend_schema(methods=["GET"], operation_id="delegation", tags=["access"], responses={200: DelegationShape})
@extend_schema(
    methods=["DELETE"],
    operation_id="revoke",
    tags=["access"],
    request=EndAskedShape,
    responses={204: None} | REFUSALS,
)
@api_view(["GET", "DELETE"])
def delegation(request, pk):
    """GET: one delegation.  DELETE: as PI, end it; it stays listed with the time of its end."""
    found = delegations.find(request.user, pk, request.now)
    if request.method == "GET":
        return _shown(request, DelegationShape, found)
    delegations.revoke(found, by=request.user, now=request.now, reason=_reason(request))
    return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(operation_id="invitations", tags=["access"], responses={200: InvitationListShape})
@api_view(["GET"])
def invitation_list(request):
    """The invitations that you sent, or that were sent for a project of yours."""
    return _shown(request, InvitationListShape, {"results": invitations.of(request.user, request.now)})


@extend_schema(methods=["GET"], operation_id="invitation", tags=["access"], responses={200: InvitationShape})
@extend_schema(
    methods=["DELETE"],
    operation_id="withdraw_invitation",
    tags=["access"],
    request=EndAskedShape,
    responses={204: None, 410: ErrorShape} | REFUSALS,
)
@api_view(["GET", "DELETE"])
def invitation(request, pk):
    """GET: one invitation.  DELETE: as PI, withdraw it; it stays listed."""
    found = invitations.find(request.user, pk, request.now)
    if request.method == "GET":
        return _shown(request, InvitationShape, found)
    invitations.withdraw(found, by=request.user, now=request.now, reason=_reason(request))
    return Response(status=status.HTTP_204_NO_CONTENT)


def _shown(request, shape, found, code=status.HTTP_200_OK):
    return Response(shape(found, context={"request": request}).data, status=code)


def _reason(request):
    """The body of a DELETE is empty, or has the reason for which staff act for the PI."""
    sent = asked.body(request.data, optional=("reason",))
    return asked.text(sent, "reason") if sent.get("reason") is not None else ""
