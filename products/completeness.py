"""Which images a MOUS has, and which it lacks: source by spectral window by type, and why, as far as can be said.

We go by the names and headers of what is there, and by what the pipeline says of the images that it left out or made
smaller to keep the products small ("mitigation", seed document 003, section 3; products/mitigation.py).  Where it says
nothing, a cube that is not there while the pipeline made others is put down to that; where the package is not here
whole, nothing is said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from itertools import product
from typing import Any

from archive.models import MemberOUS
from archive.sources import source_key
from products import listing, naming
from products.mitigation import Mitigation

PRESENT, MITIGATED, MISSING, UNKNOWN = "present", "mitigated", "missing", "unknown"
STATES = (PRESENT, MITIGATED, MISSING, UNKNOWN)
TYPES = ("cube", "mfs", "cont", "repBW")
WHOLE = (MemberOUS.Delivery.COMPLETE, MemberOUS.Delivery.PRODUCTS_ONLY)
COARSER = 1.5  # times the native channel width: the pipeline joins channels by two


@dataclass(frozen=True)
class Wanted:
    """One image that there may be."""

    source: str  # key
    spw: int
    type: str
    calibration: str


@dataclass(frozen=True)
class Cell:
    wanted: Wanted
    source: str  # as it is written
    state: str
    why: str
    expected: bool = True  # whether a package of this kind holds such an image at all
    products: tuple[str, ...] = ()

    @property
    def cube_lacks(self) -> bool:
        """Whether a cube made on request, which is never self-calibrated, would be better than what there is."""
        told = self.expected and self.wanted.type == "cube" and self.state in (MITIGATED, MISSING)
        return told and (self.wanted.calibration == "regcal" or bool(self.products))


@dataclass
class Package:
    """What is known of the images of one MOUS."""

    whole: bool
    single_dish: bool
    images: dict[Wanted, list[str]] = field(default_factory=dict)  # names
    promised: set[Wanted] = field(default_factory=set)  # by the manifest, and not delivered
    coarser: set[Wanted] = field(default_factory=set)
    by_pipeline: set[Wanted] = field(default_factory=set)  # delivered, and not made by hand
    names: dict[str, str] = field(default_factory=dict)  # key -> as written
    spws: set[int] = field(default_factory=set)
    mosaics: set[str] = field(default_factory=set)  # keys of sources
    mitigation: Mitigation = field(default_factory=Mitigation)
    sources_of_pipeline: set[str] = field(default_factory=set)  # keys
    representative: set[int] = field(default_factory=set)  # windows that have an image of this type
    _kinds: set[tuple[Any, ...]] = field(default_factory=set)  # of all images, each also with None for "any"

    def add(self, wanted: Wanted, name: str, *, by_pipeline: bool) -> None:
        self.images.setdefault(wanted, []).append(name)
        self._kinds.update(product(*((value, None) for value in astuple(wanted))))
        if by_pipeline:
            self.by_pipeline.add(wanted)
            self.sources_of_pipeline.add(wanted.source)
        if wanted.type == "repBW":
            self.representative.add(wanted.spw)

    def has(
        self, source: str | None = None, spw: int | None = None, type: str | None = None, calibration: str | None = None
    ) -> bool:
        """Whether there is an image of this kind; looked up, for a package has thousands of cells."""
        return (source, spw, type, calibration) in self._kinds


def of(mous: MemberOUS, user: Any, now: Any) -> list[Cell]:
    """All cells as `user` may know them, by source, window, type and calibration."""
    package = _package(mous, user, now)
    wanted = (
        Wanted(source, spw, kind, calibration)
        for source in sorted(package.names)
        for spw in sorted(package.spws)
        for kind in TYPES
        for calibration in naming.CALIBRATIONS
    )
    return [_cell(one, package) for one in wanted]


def _cell(wanted: Wanted, package: Package) -> Cell:
    name = package.names[wanted.source]
    if held := package.images.get(wanted):
        why = " ".join(_smaller(wanted, package))
        return Cell(wanted, name, MITIGATED if why else PRESENT, why, True, tuple(held))
    if not package.whole:
        return Cell(wanted, name, UNKNOWN, "The package is not in this archive as a whole.")
    if wanted in package.promised:
        return Cell(wanted, name, MISSING, "The pipeline lists it as made, and the package came without it.")
    if why := next(_not_expected(wanted, package), ""):
        return Cell(wanted, name, MISSING, why, expected=False)
    return Cell(wanted, name, *(_made_and_lost(wanted, package) or _absent(wanted, package)))


def _smaller(wanted: Wanted, package: Package) -> Iterator[str]:
    """How an image that there is falls short of what was observed."""
    mitigation = package.mitigation
    smaller = mitigation.smaller(mosaic=wanted.source in package.mosaics) if wanted in package.by_pipeline else ""
    if wanted in package.coarser:
        yield "Its channels are wider than those observed."
        if not smaller and "nbins" in mitigation.named:
            yield mitigation.quoted
    if smaller:
        yield smaller


def _not_expected(wanted: Wanted, package: Package) -> Iterator[str]:
    """Why a package like this holds no such image."""
    if package.single_dish and wanted.type != "cube":
        yield "Of total power observations there are cubes alone."
    if wanted.calibration == "selfcal" and not package.has(source=wanted.source, calibration="selfcal"):
        yield "No image of this source was self-calibrated."
    other = "regcal" if wanted.calibration == "selfcal" else "selfcal"
    if package.has(source=wanted.source, spw=wanted.spw, type=wanted.type, calibration=other):
        yield f"It was delivered with the other calibration alone, as {other}."
    representative = package.representative
    if wanted.type == "repBW" and representative and wanted.spw not in representative:
        yield f"It is made of the representative window alone, which is {', '.join(map(str, sorted(representative)))}."


def _made_and_lost(wanted: Wanted, package: Package) -> tuple[str, str] | None:
    if (wanted.source, wanted.spw, wanted.type, wanted.calibration) not in (package.mitigation.made or ()):
        return None
    return MISSING, "The pipeline made it (casa_commands.log has the tclean call), and the package came without it."


def _absent(wanted: Wanted, package: Package) -> tuple[str, str]:
    if wanted.type == "repBW":
        return UNKNOWN, "It is made of the representative window alone, where its bandwidth asks for it; none is here."
    if not package.has(source=wanted.source):
        return _without_images(package)
    if wanted.source not in package.sources_of_pipeline:
        return MISSING, "Images were made by hand: those that show that the goal was met, not all."
    if wanted.type == "cube" and package.has(source=wanted.source, type="cube"):
        return _left_out(package, "spw", "The pipeline made cubes of other windows of this source.")
    if wanted.type == "cube" and package.has(type="cube"):
        return _left_out(package, "field", "The pipeline made cubes of other sources.")
    return MISSING, "The package is whole and holds none."


def _without_images(package: Package) -> tuple[str, str]:
    if package.by_pipeline:
        return _left_out(package, "field", "The package holds no image of this source, but of others.")
    return MISSING, "The package holds no image of a target."


def _left_out(package: Package, what: str, seen: str) -> tuple[str, str]:
    mitigated, why = package.mitigation.left_out(what, seen)
    return MITIGATED if mitigated else MISSING, why


def _package(mous: MemberOUS, user: Any, now: Any) -> Package:
    package = Package(whole=mous.delivery_state in WHOLE, single_dish=mous.array == "TP")
    package.names = {source.key: source.name for source in mous.sources.all() if source.is_target}
    package.mosaics = {source.key for source in mous.sources.all() if len(source.pointings) > 1}
    package.mitigation = Mitigation.of(mous, user, now)
    windows = windows_of(mous)
    package.spws = set(windows)
    for row in _rows(mous, user, now):
        _note(package, row, windows)
    for subject in mous.findings.filter(code="missing-file", settled_at=None).values_list("subject", flat=True):
        name = naming.parse(subject)
        if name.science and name.kind in ("pbcor", "sd", "image"):
            package.promised.update(_cells_of(name.source, name.spws, name.mode, name.calibration))
    return package


def _rows(mous: MemberOUS, user: Any, now: Any) -> Iterable[Any]:
    rows = listing.of_mous(mous, user, now).filter(role__in=("science_image", "user_cube", "user_continuum"))
    return rows.exclude(mode="").select_related("source")


def _note(package: Package, row: Any, windows: dict[int, float]) -> None:
    name = naming.parse(row.name)
    if (name.kind if name.source else row.layer) not in ("pbcor", "sd", "image"):
        return
    written = row.source.name if row.source else name.source
    if not written:
        return
    key = source_key(written)
    package.names.setdefault(key, written)
    package.spws.update(row.spws)
    for wanted in _cells_of(written, row.spws, row.mode, row.calibration):
        package.add(wanted, row.name, by_pipeline=row.origin == "delivered" and not row.manual)
        if (
            row.readable
            and wanted.type == "cube"
            and row.origin == "delivered"
            and _coarser(row.header, windows.get(wanted.spw))
        ):
            package.coarser.add(wanted)


def _cells_of(source: str | None, spws: Iterable[int], mode: str | None, calibration: str | None) -> list[Wanted]:
    key = source_key(source or "")
    return [Wanted(key, spw, mode or "", calibration or "regcal") for spw in spws]


def windows_of(mous: MemberOUS) -> dict[int, float]:
    """Virtual id -> native width of a channel in Hz."""
    rows = mous.ebs.filter(spws__science=True, spws__virtual__isnull=False)
    return dict(rows.values_list("spws__virtual", "spws__channel_width_hz"))


def _coarser(header: dict[str, Any], native_hz: float | None) -> bool:
    """What the header says is as proprietary as the pixels, so only who may have them is told."""
    axis = header.get("spectral") or {}
    width = axis.get("width")
    return bool(native_hz and width and axis.get("unit") == "Hz" and abs(width) > COARSER * native_hz)
