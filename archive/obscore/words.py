"""A column of texts as numbers into the list of its different texts: what is said often is looked at once.

Rows of one MOUS follow each other, so that texts come in runs; only the first of each run is looked at at all.
CSV exports of astropy write texts as Python writes bytes (`b'cube'`), and they are decoded.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.readers import obscore

Codes = NDArray[np.uint32]


@dataclass
class Words:
    codes: Codes  # of each row, into `words`
    words: pl.Series
    bad: dict[int, str]  # codes of words that cannot be used, and why
    said: NDArray[np.bool_]  # by code, whether a word is more than nothing

    def at(self, rows) -> list[str]:
        return self.words.gather(self.codes[rows]).to_list()

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Whether each row says something."""
        return self.said[self.codes]

    def stable_hashes(self) -> NDArray[np.uint64]:
        """Of each word, the same with every version of everything."""
        made, begin = [], hashlib.blake2b(digest_size=8).copy  # a copy is made sooner than another one
        for word in self.words.cast(pl.Binary).to_list():
            each = begin()
            each.update(word)
            made.append(each.digest())
        return np.frombuffer(b"".join(made), np.uint64)


@dataclass(frozen=True)
class Runs:
    """Texts of rows that follow each other and say the same in all these columns."""

    texts: pl.DataFrame
    rows: NDArray[np.int64]  # how many there are of each


def encode(
    frame: pl.DataFrame, longest: Mapping[str, int], runs: Sequence[Runs] = (), *, rows: int | None = None
) -> dict[str, Words]:
    """Of columns that may have so many characters.  All their words are looked at together: each look has its price."""
    there = [name for name in longest if name in frame.columns and frame[name].null_count() < frame.height]
    texts = pl.DataFrame([_text(frame[name]) for name in there])
    number = texts.select(pl.all().rle_id())
    found = {name: _coded(*_run(texts[name], number[name].to_numpy())) for name in there}
    found |= {name: _coded(each.texts[name], each.rows) for each in runs for name in longest if name in each.texts}
    _decode(found)
    for (name, column), raw in zip(found.items(), together([each.words for each in found.values()], _raw), strict=True):
        column.said = raw["size"] > 0
        column.bad |= _impossible(column, name, longest[name], raw)
    rows = frame.height if rows is None else rows
    return {name: found[name] if name in found else nothing(rows) for name in longest}


def _text(column: pl.Series) -> pl.Series:
    """Whole numbers that are kept as others, for some are unknown, are texts as they are: 4038, and not 4038.0."""
    if column.dtype.is_float():
        column = column.fill_nan(None)
        whole = column.cast(pl.Int64, strict=False)
        column = whole if whole.eq_missing(column).all() else column
    return column.cast(pl.String)


def nothing(rows: int) -> Words:
    return Words(np.zeros(rows, np.uint32), pl.Series("", [""]), {}, np.zeros(1, bool))


def together(columns: Sequence[pl.Series], look: Callable[[pl.Series], NDArray]) -> list[NDArray]:
    """What a look at all of them finds, for each column apart."""
    if not columns:
        return []
    return np.split(look(pl.concat(columns)), np.cumsum([len(each) for each in columns])[:-1])


def _run(texts: pl.Series, number: NDArray[np.uint32]) -> tuple[pl.Series, NDArray[np.int64]]:
    """The text of each run, and the rows."""
    begins = np.ones(len(number), bool)
    np.not_equal(number[1:], number[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    kinds = texts.gather(first)
    return kinds.fill_null("") if kinds.null_count() else kinds, np.diff(first, append=len(number))


def _coded(kinds: pl.Series, rows: NDArray[np.int64]) -> Words:
    number = kinds.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    said_by = np.zeros(int(number.max()) + 1, np.int64)
    said_by[number] = np.arange(len(number))
    return Words(np.repeat(number, rows), kinds.gather(said_by).str.strip_chars(), {}, np.zeros(0, bool))


def _decode(found: Mapping[str, Words]) -> None:
    written = together([column.words for column in found.values()], _as_bytes)
    for (name, column), odd in zip(found.items(), written, strict=True):
        if odd.any():
            texts = column.words.to_list()
            for at in np.flatnonzero(odd).tolist():
                try:
                    texts[at] = obscore.decoded(name, texts[at])
                except ValueError as error:
                    column.bad[at], texts[at] = str(error), ""
            column.words = pl.Series("", texts, dtype=pl.String)


def _as_bytes(words: pl.Series) -> NDArray[np.bool_]:
    return (words.str.starts_with("b'") | words.str.starts_with('b"')).to_numpy()


def _raw(words: pl.Series) -> NDArray:
    """The bytes of each, and whether 0 is among them."""
    found = np.zeros(len(words), [("size", np.int64), ("nul", bool)])
    found["size"], found["nul"] = words.str.len_bytes().to_numpy(), words.str.contains("\0", literal=True).to_numpy()
    return found


def _impossible(column: Words, name: str, longest: int, raw: NDArray) -> dict[int, str]:
    counts = {at: len(column.words[at]) for at in np.flatnonzero(raw["size"] > longest).tolist()}
    bad = {
        at: f"{name} has {count} characters; {longest} are the most" for at, count in counts.items() if count > longest
    }
    return bad | {at: f"{name} has a character that cannot be kept" for at in np.flatnonzero(raw["nul"]).tolist()}
