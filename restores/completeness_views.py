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
from restores import replacing, restorability
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
        "sources": _by_source(mous, cells, calibrations, _offers(mous, cells, request)),
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
    With `replaces`, and a `reason` that is still to be said, it replaces the user-defined cube of that cell.
    """
    mous = shown.mous(uid, request.user, request.now)
    cells = completeness.of(mous, request.user, request.now)
    offers = _offers(mous, cells, request)
    told = [{"cell": cell, "request": _body(mous, cell) | offers[cell] if cell in offers else None} for cell in cells]
    return Response(CompletenessShape({"mous": mous.uid, "cells": told}).data)


def _offers(mous, cells, request):
    """What the caller may ask for now, by cell: nothing to add for a lacking cube, `replaces` for one of hers."""
    if restorability.refusals(mous, by=request.user, now=request.now):
        return {}
    taken = set(CubeSlot.objects.filter(mous=mous).values_list("source__key", flat=True))
    free = {source.key for source in mous.sources.all() if source.is_target} - taken
    windows, hers = completeness.windows_of(mous), replacing.of_mous(mous, request.user)
    lacking = {cell: {} for cell in cells if cell.cube_lacks and cell.wanted.source in free}
    replaced = {cell: {"replaces": str(hers[cell.wanted.source].pk)} for cell in cells if _is_of(cell, hers)}
    return {cell: added for cell, added in (lacking | replaced).items() if cell.wanted.spw in windows}


def _is_of(cell, cubes):
    """Whether the user-defined cube of its source is in this cell."""
    cube = cubes.get(cell.wanted.source)
    return cube is not None and cell.wanted.type == "cube" and cube.name in cell.products


def _body(mous, cell):
    return {"mous": mous.uid, "source": cell.source, "cubes": [{"spw": cell.wanted.spw}], "continuum": False}


def _by_source(mous, cells, calibrations, offers):
    """One table a source: its windows, and for each the cells in the order of the columns."""
    tables: dict = {}
    for cell in cells:
        if cell.wanted.calibration in calibrations:
            rows = tables.setdefault(cell.source, {})
            row = {"cell": cell, "ask": _form(mous, cell, offers), "replaces": bool(offers.get(cell))}
            rows.setdefault(cell.wanted.spw, []).append(row)
    return [{"name": name, "rows": rows, "reasons": _reasons(rows)} for name, rows in tables.items()]


def _form(mous, cell, offers):
    """Address of the form that asks for the cube of a cell; filled with what the cube has that it replaces."""
    if cell not in offers:
        return ""
    query = offers[cell] or {"source": cell.source, "spw": cell.wanted.spw}
    return f"{reverse('image', args=[mous.name])}?{urlencode(query)}"


def _reasons(rows):
    """What is to be said below the table, once each, and of which cells."""
    said: dict = {}
    for cell in (one["cell"] for row in rows.values() for one in row):
        if cell.why and cell.expected:
            said.setdefault((cell.state, cell.why), []).append(cell.wanted)
    return [{"state": state, "why": why, "of": of} for (state, why), of in said.items()]
