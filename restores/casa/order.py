"""What a job is asked to do, read from `order.json` and checked before anything is computed.

Frequencies are in Hz, LSRK, radio convention; `start_hz` is the centre of the first channel and `width_hz` the signed
channel width.  All paths are relative to the attempt directory and stay inside it.
"""

import dataclasses
import json
import math
import pathlib
from typing import Any

from restores.casa.failures import Failure

RECIPES = ("restore", "image")
MODES = ("frequency", "velocity")


@dataclasses.dataclass(frozen=True)
class Spw:
    name: str
    number: int
    virtual: int
    science: bool


@dataclasses.dataclass(frozen=True)
class ExecutionBlock:
    uid: str
    name: str
    session: str
    raw: str | None
    flagversions: str | None
    caltables: list[str]
    applycal: list[dict[str, Any]]
    restored: str | None
    spws: list[Spw]

    @property
    def vis(self) -> str:
        return f"{self.name}.ms"


@dataclasses.dataclass(frozen=True)
class Cube:
    spw_name: str
    virtual_spw: int
    restfreq_hz: float
    start_hz: float
    width_hz: float
    nchan: int
    mode: str
    start: str
    width: str


@dataclasses.dataclass(frozen=True)
class ImageOrder:
    source: str
    source_key: str
    member: str
    cubes: list[Cube]
    continuum: bool
    angular_resolution_arcsec: float | None
    continuum_ranges: dict[str, list[list[float]]]


@dataclasses.dataclass(frozen=True)
class Order:
    recipe: str
    request: str
    attempt: int
    mous: str
    casa_version: str
    imports: dict[str, Any]
    execution_blocks: list[ExecutionBlock]
    image: ImageOrder | None

    @property
    def identity(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("recipe", "request", "attempt", "casa_version")}


def bad_order(sentence: str) -> Failure:
    return Failure("bad-order", sentence, "This is a fault of the archive, not of the request: tell the helpdesk.")


def read_order(path: pathlib.Path) -> Order:
    try:
        return parse_order(json.loads(path.read_text()))
    except (OSError, json.JSONDecodeError) as error:
        raise bad_order(f"The order {path.name} cannot be read: {error}.") from error


def parse_order(written: dict[str, Any]) -> Order:
    try:
        order = Order(
            imports=dict(written["import"]),
            execution_blocks=[_block(eb) for eb in written["execution_blocks"]],
            image=_image(written["image"]) if written.get("image") else None,
            **{name: written[name] for name in ("recipe", "request", "attempt", "mous", "casa_version")},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise bad_order(f"The order is incomplete: {error!r}.") from error
    _require_sound(order)
    return order


def _block(written: dict[str, Any]) -> ExecutionBlock:
    return ExecutionBlock(
        uid=written["uid"],
        name=written["name"],
        session=written.get("session", ""),
        raw=written.get("raw"),
        flagversions=written.get("flagversions"),
        caltables=list(written.get("caltables") or []),
        applycal=[dict(line) for line in written.get("applycal") or []],
        restored=written.get("restored"),
        spws=[_taken(Spw, spw) for spw in written["spws"]],
    )


def _image(written: dict[str, Any]) -> ImageOrder:
    known = {**written, "cubes": [_taken(Cube, cube) for cube in written["cubes"]]}
    known.setdefault("angular_resolution_arcsec", None)
    known["continuum_ranges"] = known.get("continuum_ranges") or {}
    return _taken(ImageOrder, known)


def _taken(kind: type, written: dict[str, Any]) -> Any:
    """An object of `kind` from the keys it knows; a key that it needs and does not get is a KeyError."""
    return kind(**{field.name: written[field.name] for field in dataclasses.fields(kind)})


def _require_sound(order: Order) -> None:
    if order.recipe not in RECIPES:
        raise bad_order(f"The order asks for the unknown recipe {order.recipe!r}.")
    if not order.execution_blocks:
        raise bad_order(f"The order for {order.mous} names no execution block.")
    for eb in order.execution_blocks:
        _require_inputs(eb, order)
    if order.recipe == "image":
        _require_image(order)


def _require_inputs(eb: ExecutionBlock, order: Order) -> None:
    if eb.restored and order.recipe == "restore":
        raise bad_order(f"{eb.uid} is restored already; there is nothing to restore.")
    needed = [eb.restored] if eb.restored else [eb.raw, eb.flagversions, *eb.caltables]
    for path in needed:
        if not path or pathlib.PurePosixPath(path).is_absolute() or ".." in pathlib.PurePosixPath(path).parts:
            raise bad_order(f"The order names the input {path!r} of {eb.uid}, which is not a file of this attempt.")
    if not eb.restored and not eb.applycal:
        raise bad_order(f"The order for {eb.uid} holds no calibration to apply.")


def _require_image(order: Order) -> None:
    image = order.image
    if image is None or not (image.cubes or image.continuum):
        raise bad_order(f"The order for {order.mous} asks for imaging, but for no image.")
    for cube in image.cubes:
        numbers = (cube.restfreq_hz, cube.start_hz, cube.width_hz)
        if cube.mode not in MODES or cube.nchan < 1 or not cube.width_hz or not all(map(math.isfinite, numbers)):
            raise bad_order(f"The cube of {cube.spw_name} is not described soundly: {cube}.")
