"""What a reader asks, as one checked value: nothing given is ignored, and what cannot be is refused in a sentence."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

from archive import codes, uids
from archive.search import days, free_text, given, quantities, sky_frequency, where
from archive.search.days import Span
from archive.search.given import ANY, Choice, Term
from archive.search.parameters import MOST_ROWS, PARAMETERS, POLARISATION_SETS, USUAL_ROWS
from archive.search.quantities import OPEN, Range
from archive.search.refusals import CriterionError
from archive.search.where import Cone

__all__ = ["PARAMETERS", "Criteria", "parse"]


@dataclass(frozen=True)
class Criteria:
    """The fields are called as the parameters; empty ones ask for nothing."""

    project: tuple[Term, ...] = ()
    uid: tuple[str, ...] = ()
    target: tuple[Term, ...] = ()
    similar: tuple[str, ...] = ()
    pi: tuple[Term, ...] = ()
    keyword: tuple[Term, ...] = ()
    category: tuple[Term, ...] = ()
    cone: Cone | None = None
    frequency: Range = OPEN
    line: Range = OPEN
    band: Choice = ANY
    channel_hz: Range = OPEN
    channel_ms: Range = OPEN
    resolution: Range = OPEN
    sensitivity: Range = OPEN
    continuum_sensitivity: Range = OPEN
    polarisation: tuple[str, ...] = ()
    array: Choice = ANY
    qa2: Choice = ANY
    calibration: Choice = ANY
    intent: Choice = ANY
    observed: Span = (None, None)
    released: Span = (None, None)
    scope: str = "all"
    sort: str = "project"
    cursor: str = ""
    limit: int = USUAL_ROWS

    @cached_property
    def digest(self) -> str:
        """What a cursor is bound to: the question and its order, not the page."""
        asked = [(each.name, getattr(self, each.name)) for each in fields(self) if each.name not in {"cursor", "limit"}]
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]

    @cached_property
    def asks_nothing(self) -> bool:
        """Whether every row that the scope opens is an answer."""
        plain = Criteria(scope=self.scope, sort=self.sort)
        return self.digest == plain.digest


def parse(asked: Mapping[str, Sequence[str]], *, without: Sequence[str] = ()) -> Criteria:
    """Raises `CriterionError`.  Values that are empty, as a form sends them, are not given.

    `without`: where there are no pages, what would be about them is refused like any name that means nothing there.
    """
    for name in without:
        if name in asked:
            raise CriterionError(name, "it is about a page of rows, and here are no pages.", "Leave it out.")
    values = free_text.spread(given.values(asked))
    read = _Reading(values)
    criteria = Criteria(
        project=tuple(map(_code, read.terms("project"))),
        uid=tuple(_uid(text) for text in values.get("uid", ())),
        target=read.terms("target"),
        similar=values.get("similar", ()),
        pi=read.terms("pi"),
        keyword=read.terms("keyword"),
        category=read.terms("category"),
        cone=where.cone(values),
        frequency=sky_frequency.covered(values),
        line=sky_frequency.of_line(values),
        **_channels(read),
        **{name: read.range(name, units) for name, units in _MEASURES.items()},
        **{name: read.choice(name) for name in ("band", "array", "qa2", "calibration", "intent")},
        polarisation=_polarisation(read),
        **{name: read.span(name) for name in ("observed", "released")},
        **{name: read.one(name, default) for name, default in _WORDS.items()},
        limit=_limit(values),
    )
    if criteria.sort.endswith("distance") and criteria.cone is None:
        raise CriterionError("sort", "a distance needs a position to be from.", "Give position and radius as well.")
    return criteria


_MEASURES = {
    "resolution": quantities.ARCSEC,
    "sensitivity": quantities.MILLIJANSKY,
    "continuum_sensitivity": quantities.MILLIJANSKY,
}
_WORDS = {"scope": "all", "sort": "project", "cursor": ""}


class _Reading:
    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    def one(self, name: str, default: str = "") -> str:
        return self._values.get(name, (default,))[0]

    def terms(self, name: str) -> tuple[Term, ...]:
        return tuple(given.term(name, text) for text in self._values.get(name, ()))

    def choice(self, name: str) -> Choice:
        return given.choice(self.terms(name))

    def range(self, name: str, units: Mapping[str, float]) -> Range:
        return quantities.measured(name, self.one(name), units) if self.one(name) else OPEN

    def span(self, name: str) -> Span:
        return days.span(name, self.one(name)) if self.one(name) else (None, None)


def _code(term: Term) -> Term:
    """Codes are compared in capitals."""
    text = term.text.upper()
    if not set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.*-_"):
        raise CriterionError("project", f"{term.text!r} has characters that no project code has.", _CODE_FORM)
    return Term(text, term.excluded)


_CODE_FORM = str(codes.CodeError("").remedy)


def _uid(text: str) -> str:
    try:
        return uids.mous_name(text)
    except uids.UidError as refusal:
        raise CriterionError("uid", refusal.sentence, refusal.remedy) from None


def _channels(read: _Reading) -> dict[str, Range]:
    """A width in km/s is another number of the row than one in kHz."""
    text = read.one("spectral_resolution")
    if not text:
        return {}
    folded = text.casefold()
    if "/s" in folded or "kms" in folded:
        return {"channel_ms": quantities.measured("spectral_resolution", text, quantities.METRES_PER_SECOND)}
    units = quantities.HERTZ if "hz" in folded else quantities.HERTZ | quantities.METRES_PER_SECOND  # as a hint
    return {"channel_hz": quantities.measured("spectral_resolution", text, units)}


def _polarisation(read: _Reading) -> tuple[str, ...]:
    asked = read.choice("polarisation").included
    sets = [word for word in POLARISATION_SETS if word in asked]
    if sets and len(asked) > 1:
        raise CriterionError("polarisation", f"{sets[0]} stands for a set of its own.", "Give it alone.")
    return tuple(sorted(asked))


def _limit(values: Mapping[str, tuple[str, ...]]) -> int:
    text = values.get("limit", (str(USUAL_ROWS),))[0]
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_ROWS):
        wrong = f"{text!r} is not a number from 1 to {MOST_ROWS}."
        raise CriterionError("limit", wrong, f"Write a number of rows a page, like {USUAL_ROWS}.")
    return int(text)
