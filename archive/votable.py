"""The door to VOTables: rows of a table as columns of polars.

They come from outside.  One with a document type of its own is refused, for entities may grow without end or ask for
other files; so is one whose answer is an error, or that broke off.
"""

import io
import re
import warnings
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import polars as pl
from astropy.io import votable
from astropy.io.votable.exceptions import VOTableSpecError, VOWarning

_PROLOGUE = 64 * 2**10


class VOTableError(Exception):
    """The sentence says why."""


@dataclass(frozen=True)
class Answer:
    rows: pl.DataFrame
    overflow: bool  # there are more rows than were given


def read(file: BinaryIO) -> Answer:
    whole = file.read()
    _require_harmless(whole)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VOWarning)
            tree = votable.parse(io.BytesIO(whole), verify="ignore", unit_format="cds")
            status = _status(tree)
            table = tree.get_first_table()
    except (ValueError, IndexError, KeyError, TypeError, OSError, VOTableSpecError) as error:
        raise VOTableError(f"it is not a whole VOTable: {_first_line(error)}") from error
    return Answer(_frame(table), status == "OVERFLOW")


def _require_harmless(whole: bytes) -> None:
    head = whole[:_PROLOGUE]
    if b"\0" in head or not re.match(rb"(\xef\xbb\xbf)?\s*<", head):
        raise VOTableError("it is not XML in UTF-8")
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", whole, re.IGNORECASE):
        raise VOTableError("it has a document type of its own, which may hide anything")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _status(tree) -> str:
    """Of the last that the service said; an error is raised with what it is about."""
    found = [info for resource in tree.resources for info in resource.infos if info.name == "QUERY_STATUS"]
    found += [info for info in tree.infos if info.name == "QUERY_STATUS"]
    wrong = next((info for info in found if info.value == "ERROR"), None)
    if wrong is not None:
        raise VOTableError(f"the service answered with an error: {(wrong.content or '').strip()[:500]}")
    return "OVERFLOW" if any(info.value == "OVERFLOW" for info in found) else "OK"


def _frame(table) -> pl.DataFrame:
    return pl.DataFrame([_column(field.name, table.array[field.ID]) for field in table.fields])


def _column(name: str, values: np.ma.MaskedArray) -> pl.Series:
    mask = np.ma.getmaskarray(values)
    if values.dtype.kind in "iu" and values.ndim == 1:
        return pl.Series(name, values.filled(0).astype(np.int64)).set(pl.Series(mask), None)
    if values.dtype.kind == "f" and values.ndim == 1:
        numbers = values.filled(0).astype(float)
        numbers[mask] = np.nan
        return pl.Series(name, numbers).fill_nan(None)
    hidden = mask if mask.ndim == 1 else mask.all(axis=tuple(range(1, mask.ndim)))
    plain = zip(np.ma.getdata(values).tolist(), hidden.tolist(), strict=True)
    return pl.Series(name, [None if absent else _text(value) for value, absent in plain], dtype=pl.String)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
