"""From CASA's report to products: everything checked again on our side, then all of it indexed at once or nothing."""

import json
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from archive import spectrum
from archive.errors import ArchiveError
from archive.sources import source_key
from products import fits, slots
from products.models import Product
from products.results import ChangedResultError, Made, Work, keep, save
from products.store import Stored, open_store
from restores import phases, rights
from restores.launchers.local import LOST
from restores.models import Phase, Request

REPORT = "report.json"
REFUSED = 2
ROLES = {"cube": "user_cube", "cont": "user_continuum"}
AXES = {"frequency": "FREQ", "velocity": "VRAD"}
# A channel's centre may be off by rounding in the header, never by a part of a channel that anybody would see.
CHANNEL_TOLERANCE = 0.01
RESTFREQ_TOLERANCE = 1e-8


class CasaRefusedError(ArchiveError):
    """CASA's side ended with a reason of its own, in its own words."""

    status = 500

    def __init__(self, error):
        super().__init__(error["sentence"], error.get("remedy", ""))
        self.code = error["code"]


class WrongResultError(ArchiveError):
    status = 500
    code = "wrong-result"

    def __init__(self, sentence):
        super().__init__(sentence, "Nothing was archived. Staff were told; write to the helpdesk with its id.")


def is_whole(directory: Path, ended) -> bool:
    """Whether CASA ended as its report says: with 0, or with 2 when it gives a reason (restores/casa/run.py).

    When the supervisor was killed nobody knows the status.  The report is believed all the same: it is written last, by
    rename, after every output was checked, and all of them are checked again here.  Days of work may hang on it.
    """
    if not (directory / REPORT).exists():
        return False
    return ended is LOST or ended == (REFUSED if "error" in _read(directory / REPORT) else 0)


def deliver(request, directory: Path, token, *, beat) -> None:
    """Archive what the report names and complete the request; `LeaseLostError` when it is no longer ours."""
    report = _read(directory / REPORT)
    order = _read(directory / "order.json")
    if "error" in report:
        raise CasaRefusedError(report["error"])
    if (report["request"], report["attempt"]) != (str(request.pk), request.attempt):
        raise WrongResultError(f"The report in attempt {request.attempt} belongs to another attempt.")
    made = [_made(request, directory, told) for told in report["files"]]
    _require_all(request, order, made)
    began = time.monotonic()
    products = keep(made, _work(request, order, report), beat=beat)
    _complete(request, products, _told(request, report, time.monotonic() - began), token)


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise WrongResultError(f"The {path.name} of the attempt cannot be read.") from error


def _made(request, directory: Path, told: dict) -> Made:
    path = (directory / told["path"]).resolve()
    if not path.is_relative_to((directory / "outputs").resolve()) or not path.exists():
        raise WrongResultError(f"CASA reported {told['path']}, which is not among its outputs.")
    if _size(path) != told["size"]:
        raise ChangedResultError(path.name)
    common = {"path": path, "size": told["size"], "sha256": told["sha256"], "spws": told["virtual_spws"]}
    if told["kind"] == "measurement_set":
        return Made(role="calibrated_ms", eb=request.mous.ebs.get(uid=told["eb"]), **common)
    return Made(
        role=ROLES[told["mode"]],
        source=request.imaging.source,
        mode=told["mode"],
        layer=told["layer"],
        header=fits.read_image(path),
        **common,
    )


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())


def _require_all(request, order: dict, made: list[Made]) -> None:
    """Everything that was ordered is there, and is what was ordered."""
    if request.kind == Request.Kind.RESTORE:
        _require_blocks(order, made)
        return
    wanted = order["image"]
    for cube in wanted["cubes"]:
        _require_cube(wanted, cube, made)
    if wanted["continuum"] and not any(one.mode == "cont" and one.layer == "pbcor" for one in made):
        raise WrongResultError("CASA made no continuum image.")


def _require_blocks(order: dict, made: list[Made]) -> None:
    wanted = {eb["uid"] for eb in order["execution_blocks"]}
    missing = wanted - {one.eb.uid for one in made if one.eb}
    if missing:
        raise WrongResultError(f"CASA made no MeasurementSet of {', '.join(sorted(missing))}.")


def _require_cube(wanted: dict, cube: dict, made: list[Made]) -> None:
    found = [one for one in made if one.mode == "cube" and one.spws == [cube["virtual_spw"]]]
    if not any(one.layer == "pbcor" for one in found):
        raise WrongResultError(f"CASA made no cube of spectral window {cube['virtual_spw']}.")
    for one in found:
        wrong = _differences(one.header, wanted, cube)
        if wrong:
            raise WrongResultError(f"The cube {one.name} is not what was ordered: {'; '.join(wrong)}.")


def _differences(header: dict, wanted: dict, cube: dict) -> list[str]:
    axis, expected = header["spectral"], AXES[cube["mode"]]
    if axis is None or not axis["ctype"].startswith(expected):
        return [f"its spectral axis is not {expected}"]
    first, step = _in_hz(axis, cube["restfreq_hz"])
    width = abs(cube["width_hz"])
    checks = {
        f"{axis['nchan']} channels for {cube['nchan']}": axis["nchan"] == cube["nchan"],
        f"it begins at {first:.0f} Hz": abs(first - cube["start_hz"]) <= CHANNEL_TOLERANCE * width,
        f"its channels are {step:.1f} Hz wide": (
            abs(step - cube["width_hz"]) * cube["nchan"] <= CHANNEL_TOLERANCE * width
        ),
        f"its frame is {header['frame']!r}": header["frame"] == "LSRK",
        f"its rest frequency is {header['restfreq_hz']}": (
            abs((header["restfreq_hz"] or 0) - cube["restfreq_hz"]) <= RESTFREQ_TOLERANCE * cube["restfreq_hz"]
        ),
        f"its object is {header['object']!r}": source_key(header["object"]) == wanted["source_key"],
    }
    return [words for words, fine in checks.items() if not fine]


def _in_hz(axis: dict, restfreq_hz: float) -> tuple[float, float]:
    """Centre of the first channel and signed width; a velocity axis is in m/s, radio convention."""
    if axis["ctype"].startswith("FREQ"):
        return axis["first"], axis["width"]
    second = axis["first"] + axis["width"]
    first_hz, second_hz = (spectrum.frequency_at(v, restfreq_hz) for v in (axis["first"], second))
    return first_hz, second_hz - first_hz


def _work(request, order: dict, report: dict) -> Work:
    is_restore = request.kind == Request.Kind.RESTORE
    return Work(
        mous=request.mous,
        request_id=request.pk,
        origin=Product.Origin.RESTORED if is_restore else Product.Origin.IMAGED,
        provenance={
            "casa_version": report["casa_version"],
            "recipe": report["recipe"],
            "calibration": request.calibration.fingerprint,
            "parameters": {name: order[name] for name in ("import", "image")},
            "inputs": _inputs(request, order),
            "facts": report["facts"],
            "warnings": report["warnings"],
        },
        expires_at=timezone.now() + timedelta(days=_days(request)) if is_restore else None,
    )


def _days(request) -> int:
    details = getattr(request, "restore", None)
    return details.keep_days if details else settings.RESULT_DAYS


def _inputs(request, order: dict) -> dict[str, str]:
    """Name and SHA-256 of every archived file that went in."""
    used = {Path(path).name for eb in order["execution_blocks"] for path in _paths(eb)}
    rows = Product.objects.filter(mous=request.mous, name__in=used, withdrawn_at=None, superseded_at=None)
    return dict(rows.order_by("stored_at").values_list("name", "sha256"))


def _paths(eb: dict) -> list[str]:
    return [path for path in (eb["raw"], eb["flagversions"], eb["restored"], *eb["caltables"]) if path]


def _told(request, report: dict, delivering: float) -> dict:
    """What stays of the report, with the stages that were ours around those of CASA."""
    before = {"name": "staging inputs", "seconds": request.handle.get("staging_seconds")}
    after = {"name": "pack and archive", "seconds": round(delivering, 3)}
    return {
        "stages": [before, *report["stages"], after],
        "facts": report["facts"],
        "warnings": report["warnings"],
    }


def _complete(request, products: list[Product], told: dict, token) -> None:
    with transaction.atomic():
        rights.require_still(request)  # storing a terabyte takes hours
        phases.move(request, Phase.COMPLETED, token=token, stage="", fraction=1, report=told)
        slots.hold(request.pk)  # before any row of a product, as everybody who changes a place does
        save(products)
        open_store().require_present(Stored(each.key, each.size, each.sha256) for each in products)
        for cube in (product for product in products if product.role == "user_cube" and product.layer == "pbcor"):
            slots.bind(request.pk, cube)
