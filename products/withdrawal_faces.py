"""Withdrawing a cube and bringing it back, for programs; and the buttons on its page that do so."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from archive import asked
from archive.shapes import ErrorShape
from products import listing, withdraw
from products.shapes import ProductDetailShape, WithdrawalAskedShape

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409), ErrorShape)


class WithdrawalView(APIView):
    @extend_schema(
        operation_id="withdraw",
        tags=["products"],
        request=WithdrawalAskedShape,
        responses={200: ProductDetailShape} | REFUSALS,
    )
    def post(self, request, pk):
        """Withdraw your cube: its place is free at once, and for some weeks it can be brought back."""
        return _done(request, pk, withdraw.withdraw)

    @extend_schema(
        operation_id="bring_back",
        tags=["products"],
        request=WithdrawalAskedShape,
        responses={200: ProductDetailShape} | REFUSALS,
    )
    def delete(self, request, pk):
        """Bring back the cube that you withdrew, while its file is here and its place is free."""
        return _done(request, pk, withdraw.bring_back)


def _done(request, pk, verb):
    found = listing.find(pk, request.user, request.now)
    sent = asked.body(request.data, required=("reason",))
    verb(found, by=request.user, reason=asked.text(sent, "reason"))
    found = listing.find(pk, request.user, request.now)
    return Response(ProductDetailShape(found, context={"request": request}).data)


@require_POST
def take_back(request, pk):
    found = listing.find(pk, request.user, request.now)
    withdraw.withdraw(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"{found.name} was withdrawn.")
    return redirect("product-page", found.pk)


@require_POST
def bring_back(request, pk):
    found = listing.find(pk, request.user, request.now)
    withdraw.bring_back(found, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"{found.name} is handed out again.")
    return redirect("product-page", found.pk)
