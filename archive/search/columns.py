"""Criteria that one row answers by its own numbers, as SQL over `archive_observation o`.

Numbers of ours stand in the text, so that the database can estimate with them; what a reader wrote is filled in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

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
    "sensitivity": "sensitivity_10kms_mjy",
    "continuum_sensitivity": "continuum_sensitivity_mjy",
}
_NUMBERED: Mapping[str, Mapping[str, int]] = {
    "array": index_codes.ARRAYS,
    "qa2": {word: number for number, word in enumerate(index_codes.QA2)},
    "calibration": {word: number for number, word in enumerate(index_codes.CALIBRATIONS)},
}
EVER = datetime(1, 1, 2, tzinfo=UTC)
_SETS = {"dual": ("XX", "YY"), "full": ("XX", "YY", "XY", "YX")}


class Conditions:
    """Conditions that must all hold, with the values that belong in them.

    `of_members` say as much of a row of `archive_tally o`, or what follows from it; `apart` where it is asked what
    each row alone can tell.  `finders` are parts for each of which an index finds the rows, some said in other words as
    well: from where ranges `r` come, and what must hold between one of them and a row.
    """

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.finders: dict[str, tuple[str, str]] = {}
        self.of_members: list[str] = []
        self.apart = False
        self.values: dict[str, object] = {}

    def add(self, sql: str, **values: object) -> None:
        self.parts.append(sql)
        self.apart = True
        self.values |= values

    def add_known(self, sql: str, of_member: str = "", /, **values: object) -> None:
        """Of what all rows of a MOUS share; in the same words where no others are given."""
        self.parts.append(sql)
        self.of_members.append(of_member or sql)
        self.values |= values

    def add_found(self, sql: str, ranges: str = "", within: str = "", **values: object) -> None:
        """Of what an index of its own finds."""
        self.add(sql, **values)
        self.finders[sql] = ranges, within

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts) or "TRUE"

    def sql_besides(self, finder: str) -> str:
        return " AND ".join(part for part in self.parts if part != finder) or "TRUE"


def keys_as_sql(keys: Iterable[int]) -> str:
    """Keys of ours, written out: only so does the database know how many they are."""
    return f"'{{{','.join(map(str, sorted(keys)))}}}'::bigint[]"


def add(conditions: Conditions, criteria: Criteria) -> None:
    """All of them but `frequency` and `line`, which are asked in more than one way."""
    for name, column in _RANGES.items():
        _between(conditions, name, column, getattr(criteria, name))
    _resolved(conditions, criteria.resolution)
    for sql, values in _words(criteria):
        conditions.add_known(sql, **values)
    for sql in _of_rows(criteria):
        conditions.add(sql)
    _times(conditions, criteria)


def _between(conditions: Conditions, name: str, column: str, wanted: Range) -> None:
    for value, sign, end in zip(wanted, (">=", "<="), ("low", "high"), strict=True):
        if value is not None:
            conditions.add(f"o.{column} {sign} %({name}_{end})s", **{f"{name}_{end}": value})


def _resolved(conditions: Conditions, wanted: Range) -> None:
    low, high = wanted
    name = "o.resolution_arcsec"
    if low is not None:
        conditions.add_known(f"{name} >= %(resolution_low)s", f"{name}_most >= %(resolution_low)s", resolution_low=low)
    if high is not None:
        conditions.add_known(
            f"{name} <= %(resolution_high)s", f"{name}_least <= %(resolution_high)s", resolution_high=high
        )


def _words(criteria: Criteria) -> Iterator[tuple[str, dict[str, object]]]:
    """What is true of all rows of a MOUS, or of one at least: an intent."""
    for column, numbers in _NUMBERED.items():
        yield from _numbers(column, getattr(criteria, column), numbers)
    if criteria.band.included:
        yield "o.bands & %(bands)s::int <> 0", {"bands": _bands(criteria.band.included)}
    if criteria.band.excluded:
        yield "o.bands & %(bands_not)s::int = 0", {"bands_not": _bands(criteria.band.excluded)}
    if criteria.intent.included:
        wanted = index_codes.bits(criteria.intent.included, index_codes.INTENTS)
        yield "o.intents & %(intents)s::int <> 0", {"intents": wanted}


def _of_rows(criteria: Criteria) -> Iterator[str]:
    if criteria.intent.excluded:
        yield f"o.intents & {index_codes.bits(criteria.intent.excluded, index_codes.INTENTS)} = 0"
    if criteria.polarisation:
        yield _polarisations(criteria.polarisation)


def _bands(words: Iterable[str]) -> int:
    return index_codes.band_bits(int(word) for word in words)


def _numbers(column: str, choice: Choice, numbers: Mapping[str, int]) -> Iterator[tuple[str, dict[str, object]]]:
    for words, form, name in ((choice.included, "= ANY", column), (choice.excluded, "<> ALL", f"{column}_not")):
        if words:
            listed = sorted(0 if word == UNKNOWN else numbers[word] for word in words)
            yield f'o."{column}" {form}(%({name})s::int[])', {name: listed}


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
        span = {"released_since": since or EVER, "released_before": min(before or NEVER, NEVER)}
        conditions.add_known(access.INDEXED_RELEASE_WITHIN, **span)


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
