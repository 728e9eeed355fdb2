"""The completeness matrix of a MOUS, for readers and programs; a lacking cube comes with the request that makes it."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.response import Response

from archive import shown
from archive.shapes import ErrorShape
from products import completeness, naming
from products.models import CubeSlot
from restores import restorability
from restores.shapes import CompletenessShape


@require_safe
def page(request, uid):
    mous = shown.mous(uid, request.user, request.now)
    cells = completeness.of(mous, request.user, request.now)
    shows_selfcal = any(cell.wanted.calibration == "selfcal" and cell.products for cell in cells)
    calibrations = naming.CALIBRATIONS if shows_selfcal else naming.CALIBRATIONS[:1]
    words = {
        "mous": mous,
        "calibrations": calibrations,
        "types": completeness.TYPES,
        "sources": _by_source(mous, cells, calibrations, requestable(mous, request)),
        "refusals": restorability.refusals(mous, by=request.user, now=request.now),
    }
    return render(request, "completeness.html", words)


@extend_schema(
    operation_id="completeness", tags=["archive"], responses={200: CompletenessShape, 400: ErrorShape, 404: ErrorShape}
)
@api_view(["GET"])
def api(request, uid):
    """Which images a MOUS has and lacks: source by spectral window by type, and why as far as the package shows.

    `request` is a body for POST /api/images/ that would make the lacking cube; null where the caller cannot ask for it.
    """
    mous = shown.mous(uid, request.user, request.now)
    open_to = requestable(mous, request)
    cells = completeness.of(mous, request.user, request.now)
    told = [{"cell": cell, "request": _body(mous, cell) if _asks(cell, open_to) else None} for cell in cells]
    return Response(CompletenessShape({"mous": mous.uid, "cells": told}).data)


def requestable(mous, request):
    """(key of a source, window) of which the caller may now ask for a cube."""
    if restorability.refusals(mous, by=request.user, now=request.now):
        return set()
    taken = set(CubeSlot.objects.filter(mous=mous).values_list("source__key", flat=True))
    targets = {source.key for source in mous.sources.all() if source.is_target}
    return {(source, spw) for source in targets - taken for spw in completeness.windows_of(mous)}


def _asks(cell, open_to):
    return cell.cube_lacks and (cell.wanted.source, cell.wanted.spw) in open_to


def _body(mous, cell):
    return {"mous": mous.uid, "source": cell.source, "cubes": [{"spw": cell.wanted.spw}], "continuum": False}


def _by_source(mous, cells, calibrations, open_to):
    """One table a source: its windows, and for each the cells in the order of the columns."""
    tables: dict = {}
    form = reverse("image", args=[mous.name])
    for cell in cells:
        if cell.wanted.calibration in calibrations:
            rows = tables.setdefault(cell.source, {})
            query = urlencode({"source": cell.source, "spw": cell.wanted.spw})
            ask = f"{form}?{query}" if _asks(cell, open_to) else ""
            rows.setdefault(cell.wanted.spw, []).append({"cell": cell, "ask": ask})
    return [{"name": name, "rows": rows, "reasons": _reasons(rows)} for name, rows in tables.items()]


def _reasons(rows):
    """What is to be said below the table, once each, and of which cells."""
    said: dict = {}
    for cell in (one["cell"] for row in rows.values() for one in row):
        if cell.why and cell.expected:
            said.setdefault((cell.state, cell.why), []).append(cell.wanted)
    return [{"state": state, "why": why, "of": of} for (state, why), of in said.items()]
