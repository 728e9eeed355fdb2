"""Criteria that one row answers by its own numbers, as SQL over `archive_observation o`.

Numbers of ours stand in the text, so that the database can estimate with them; what a reader wrote is filled in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from archive import access, index_codes
from archive.models import NEVER
from archive.search import days
from archive.search.criteria import Criteria
from archive.search.given import Choice
from archive.search.parameters import UNKNOWN
from archive.search.quantities import Range

_RANGES = {
    "channel_hz": "channel_width_hz",
    "channel_ms": "velocity_resolution_ms",
    "resolution": "resolution_arcsec",
    "sensitivity": "sensitivity_10kms_mjy",
    "continuum_sensitivity": "continuum_sensitivity_mjy",
}
_NUMBERED: Mapping[str, Mapping[str, int]] = {
    "array": index_codes.ARRAYS,
    "qa2": {word: number for number, word in enumerate(index_codes.QA2)},
    "calibration": {word: number for number, word in enumerate(index_codes.CALIBRATIONS)},
}
EVER, AFTER_ALL = datetime(1, 1, 2, tzinfo=UTC), NEVER + timedelta(days=1)
_SETS = {"dual": ("XX", "YY"), "full": ("XX", "YY", "XY", "YX")}


class Conditions:
    """Conditions that must all hold, with the values that belong in them."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: dict[str, object] = {}

    def add(self, sql: str, **values: object) -> None:
        self.parts.append(sql)
        self.values |= values

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts) or "TRUE"


def add(conditions: Conditions, criteria: Criteria) -> None:
    """All of them but `frequency` and `line`, which are asked in more than one way."""
    for name, column in _RANGES.items():
        _between(conditions, name, column, getattr(criteria, name))
    for sql in _words(criteria):
        conditions.add(sql)
    _times(conditions, criteria)


def _between(conditions: Conditions, name: str, column: str, wanted: Range) -> None:
    for value, sign, end in zip(wanted, (">=", "<="), ("low", "high"), strict=True):
        if value is not None:
            conditions.add(f"o.{column} {sign} %({name}_{end})s", **{f"{name}_{end}": value})


def _words(criteria: Criteria) -> Iterator[str]:
    yield from _bits("bands", criteria.band, lambda words: index_codes.band_bits(int(word) for word in words))
    yield from _bits("intents", criteria.intent, lambda words: index_codes.bits(words, index_codes.INTENTS))
    for column, numbers in _NUMBERED.items():
        yield from _numbers(column, getattr(criteria, column), numbers)
    if criteria.polarisation:
        yield _polarisations(criteria.polarisation)


def _bits(column, choice: Choice, mask) -> Iterator[str]:
    if choice.included:
        yield f"o.{column} & {mask(choice.included)} <> 0"
    if choice.excluded:
        yield f"o.{column} & {mask(choice.excluded)} = 0"


def _numbers(column: str, choice: Choice, numbers: Mapping[str, int]) -> Iterator[str]:
    for words, negation in ((choice.included, ""), (choice.excluded, "NOT ")):
        if words:
            listed = sorted(0 if word == UNKNOWN else numbers[word] for word in words)
            yield f'o."{column}" {negation}IN ({_list(listed)})'


def _polarisations(asked: Sequence[str]) -> str:
    if asked == ("single",):
        return f"o.polarisations IN ({_list(1 << n for n in range(len(index_codes.POLARISATIONS)))})"
    wanted = _SETS.get(asked[0], asked)
    mask = index_codes.bits(wanted, index_codes.POLARISATIONS)
    return f"o.polarisations & {mask} = {mask}"


def _times(conditions: Conditions, criteria: Criteria) -> None:
    since, before = criteria.observed
    if before is not None:
        conditions.add("o.t_min_mjd < %(observed_before)s", observed_before=days.mjd(before))
    if since is not None:
        conditions.add("COALESCE(o.t_max_mjd, o.t_min_mjd) >= %(observed_since)s", observed_since=days.mjd(since))
    since, before = criteria.released
    if since or before:
        span = {"released_since": since or EVER, "released_before": before or AFTER_ALL}
        conditions.add(access.INDEXED_RELEASE_WITHIN, **span)


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
