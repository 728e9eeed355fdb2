"""Rows of a portion in plain values: texts decoded, numbers read, and of each bad row the reason.

What is empty is unknown.  A row with one value that cannot be is refused whole: who reads the index must not find a
row that says less than its origin.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive import codes, index_codes, uids
from archive.obscore import columns, windows, words
from archive.obscore.files import Portion
from archive.obscore.words import Words
from archive.readers import obscore

Floats = NDArray[np.float64]
_NO_NUMBER = ["", "nan", "NaN", "--", "null", "None"]
_UID = r"^uid://A\d{3}/X[0-9a-f]+/X[0-9a-f]+$"
_TIMES = ("obs_release_date", "lastModified")
_TIME = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN = np.iinfo(np.int64).min


@dataclass
class Checked:
    lines: NDArray[np.int64]
    texts: dict[str, Words]
    numbers: dict[str, Floats]  # NaN is unknown
    spw: Floats
    values: dict[str, NDArray[np.int64]] = field(default_factory=dict)  # what the words of a column stand for, by code
    refused: dict[int, str] = field(default_factory=dict)  # rows by their place here

    @property
    def rows(self) -> int:
        return len(self.lines)

    def refuse(self, rows, why: str | Callable[[int], str]) -> None:
        for row in np.flatnonzero(rows).tolist():
            self.refused.setdefault(row, why if isinstance(why, str) else why(row))

    def value(self, column: str) -> NDArray[np.int64]:
        """Of each row."""
        return self.values[column][self.texts[column].codes]


def check(portion: Portion) -> Checked:
    frame = portion.rows
    rows = len(portion.lines)
    texts = words.encode(frame, columns.LONGEST, portion.runs, rows=rows)
    found = Checked(portion.lines, texts, {}, _spw(frame, rows))
    for name, bounds in columns.NUMBERS.items():
        found.numbers[name] = _numbers(found, frame, name, bounds)
    for name, read in _MEANINGS.items():
        found.values[name] = _meaning(texts[name], read)
    for name in _TIMES:
        found.values[name] = _times(texts[name], name)
    for name in columns.LONGEST:
        _refuse_words(found, name)
    _refuse_contradictions(found)
    return found


def _spw(frame: pl.DataFrame, rows: int) -> Floats:
    if columns.OBS_ID not in frame.columns:
        return np.full(rows, np.nan)
    return windows.numbers(frame[columns.OBS_ID].cast(pl.String))


def _numbers(found: Checked, frame: pl.DataFrame, name: str, bounds: tuple[float, float]) -> Floats:
    if name not in frame.columns or frame[name].null_count() == frame.height:
        return np.full(found.rows, np.nan)
    column = frame[name]
    if column.dtype == pl.String:
        plain = column.str.strip_chars()
        read = plain.cast(pl.Float64, strict=False)
        odd = (read.is_null() & plain.is_not_null() & ~plain.is_in(_NO_NUMBER)).to_numpy()
        found.refuse(odd, lambda row: f"{name} is {plain[row][:40]!r}, which is no number")
    else:
        read = column.cast(pl.Float64, strict=False)
    numbers = (read.fill_null(float("nan")) if read.null_count() else read).to_numpy() + 0.0  # there is no -0
    unknown = np.isnan(numbers)
    if unknown.any():
        numbers[unknown] = np.nan  # nor another NaN
    if _may_be_wrong(numbers, bounds, whole=name in columns.WHOLE and not column.dtype.is_integer()):
        wrong = (numbers < bounds[0]) | (numbers > bounds[1]) | np.isinf(numbers)
        if name in columns.WHOLE:
            wrong |= ~unknown & (numbers != np.floor(numbers))
        found.refuse(wrong, lambda row: f"{name} is {numbers[row]:.15g}, which cannot be")
    return numbers


def _may_be_wrong(numbers: Floats, bounds: tuple[float, float], *, whole: bool) -> bool:
    least, most = np.fmin.reduce(numbers, initial=np.nan), np.fmax.reduce(numbers, initial=np.nan)
    return whole or bool(least < bounds[0] or most > bounds[1] or np.isinf(least) or np.isinf(most))


def _meaning(column: Words, read: Callable[[str], int]) -> NDArray[np.int64]:
    """What each word stands for; a word that stands for nothing is bad."""
    found = np.zeros(len(column.words), np.int64)
    _read_some(found, column, np.arange(len(column.words)), read)
    return found


def _read_some(found: NDArray[np.int64], column: Words, places: NDArray[np.int64], read: Callable[[str], int]) -> None:
    for at, word in zip(places.tolist(), column.words.gather(places).to_list(), strict=True):
        try:
            found[at] = read(word)
        except ValueError as error:
            column.bad.setdefault(at, str(error))


def _times(column: Words, name: str) -> NDArray[np.int64]:
    """As ALMA writes them all at once, others one by one."""
    read = column.words.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False).to_physical()
    plain = read.is_not_null() & column.words.str.contains(_TIME)
    found = read.fill_null(UNKNOWN).to_numpy().copy()
    _read_some(found, column, np.flatnonzero(~plain.to_numpy()), _micros(name))
    return found


def _refuse_words(found: Checked, name: str) -> None:
    column = found.texts[name]
    if name in _UIDS:
        _canonical(column, name)
    if name == "proposal_id":
        wrong = [at for at, word in enumerate(column.words.to_list()) if not codes.is_code(word)]
        column.bad |= {at: f"proposal_id {column.words[at][:40]!r} is not an ALMA project code" for at in wrong}
    if column.bad:
        bad = np.zeros(len(column.words), bool)
        bad[list(column.bad)] = True
        found.refuse(bad[column.codes], lambda row: column.bad[int(column.codes[row])])


_UIDS = ("member_ous_uid", "group_ous_uid", "asdm_uid")


def _canonical(column: Words, name: str) -> None:
    odd = ~(column.words.str.contains(_UID) | (column.words == "")).to_numpy()
    if odd.any():
        texts = column.words.to_list()
        for at in np.flatnonzero(odd).tolist():
            try:
                texts[at] = uids.canonical(texts[at])
            except uids.UidError:
                column.bad.setdefault(at, f"{name} {texts[at][:70]!r} is not an ALMA identifier")
        column.words = pl.Series("", texts, dtype=pl.String)


def _refuse_contradictions(found: Checked) -> None:
    texts, numbers = found.texts, found.numbers
    found.refuse(~texts["target_name"].filled, "target_name is empty")
    mous, group = texts["member_ous_uid"].filled, texts["group_ous_uid"].filled
    found.refuse(~mous & ~group, "member_ous_uid is empty, and so is group_ous_uid")
    level = numbers["calib_level"]
    found.refuse(
        ~mous & group & ~np.isnan(level) & (level != 3), "member_ous_uid is empty, which only calib_level 3 may"
    )
    found.refuse(np.isnan(numbers["s_ra"]) != np.isnan(numbers["s_dec"]), "it has only one of s_ra and s_dec")
    found.refuse(found.spw > 32767, "the spectral window in obs_id has a number that cannot be")
    for low, high in (("em_min", "em_max"), ("t_min", "t_max")):
        found.refuse(numbers[low] > numbers[high], f"{low} is more than {high}")


def _micros(name: str) -> Callable[[str], int]:
    """Microseconds since 1970, UTC."""

    def read(text: str) -> int:
        if not text:
            return UNKNOWN
        try:
            at = datetime.fromisoformat(obscore.release_time(text))
        except ValueError as error:
            raise ValueError(str(error).replace("obs_release_date", name)) from error
        since = at - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    return read


def _flag(name: str) -> Callable[[str], int]:
    """1 true, 0 false, -1 unknown."""

    def read(text: str) -> int:
        if text not in _FLAGS:
            raise ValueError(f"{name} is {text!r}; it must be T or F")
        return _FLAGS[text]

    return read


_FLAGS = {"": -1, "T": 1, "F": 0, "true": 1, "false": 0, "True": 1, "False": 0}


def _bands(text: str) -> int:
    named = text.split()
    if not all(word.isascii() and word.isdigit() and int(word) in index_codes.BANDS for word in named):
        raise ValueError(f"band_list is {text[:40]!r}; bands are numbers from 1 to {index_codes.BANDS[-1]}")
    return index_codes.band_bits(set(map(int, named)))


def _polarisations(text: str) -> int:
    named = [word for word in text.split("/") if word]
    if not set(named) <= set(index_codes.POLARISATIONS):
        raise ValueError(f"pol_states is {text[:40]!r}, which is unknown")
    return index_codes.bits(named, index_codes.POLARISATIONS)


def _intents(text: str) -> int:
    named = {word if word in index_codes.INTENTS else "OTHER" for word in re.split(r"[\s,]+", text.upper()) if word}
    return index_codes.bits(named, index_codes.INTENTS)


def _product(text: str) -> int:
    if text not in index_codes.PRODUCT_TYPES:
        raise ValueError(f"dataproduct_type is {text[:40]!r}, which is unknown")
    return index_codes.PRODUCT_TYPES.index(text)


@lru_cache(2048)  # a few hundred configurations stand in each portion again
def _array(text: str) -> int:
    """By the letters of its antennas: DA and DV have 12 m, CM 7 m; 0 when these are mixed, or others are among them.

    PM are those of total power, and observe with the other arrays as well: they tell only where they are alone.
    """
    antennas = {word.rpartition(":")[2][:2].upper() for word in text.split()}
    kinds = {_ANTENNAS.get(letters, 0) for letters in antennas}
    others = kinds - {_ANTENNAS["PM"]} or kinds
    return others.pop() if len(others) == 1 else 0


_ANTENNAS = {"DA": 1, "DV": 1, "CM": 2, "PM": 4}
_MEANINGS: dict[str, Callable[[str], int]] = {
    "qa2_passed": _flag("qa2_passed"),
    "is_mosaic": _flag("is_mosaic"),
    "science_observation": _flag("science_observation"),
    "band_list": _bands,
    "pol_states": _polarisations,
    "scan_intent": _intents,
    "dataproduct_type": _product,
    "antenna_arrays": _array,
}
