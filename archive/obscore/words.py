"""A column of texts as numbers into the list of its different texts: what is said often is looked at once.

Rows of one MOUS follow each other, so that texts come in runs; only the first of each run is looked at at all.
CSV exports of astropy write texts as Python writes bytes (`b'cube'`), and they are decoded.
"""

import hashlib
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

    def at(self, rows) -> list[str]:
        return self.words.gather(self.codes[rows]).to_list()

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Whether each row says something."""
        return (self.words != "").to_numpy()[self.codes]

    def stable_hashes(self) -> NDArray[np.uint64]:
        """Of each word, the same with every version of everything."""
        made = (hashlib.blake2b(word.encode(), digest_size=8).digest() for word in self.words.to_list())
        return np.frombuffer(b"".join(made), np.uint64)


def nothing(rows: int) -> Words:
    return Words(np.zeros(rows, np.uint32), pl.Series("", [""]), {})


def encode(column: pl.Series, name: str, longest: int) -> Words:
    if column.null_count() == len(column):
        return nothing(len(column))
    texts = column.cast(pl.String)
    texts = texts.fill_null("") if texts.has_nulls() else texts
    run = texts.rle_id().to_numpy()
    first = np.flatnonzero(np.concatenate([[True], run[1:] != run[:-1]]))
    kinds = texts.gather(first).cast(pl.Categorical(pl.Categories.random()))
    each = kinds.unique()
    number = each.to_physical().to_numpy()
    place = np.zeros(int(number.max()) + 1, np.uint32)
    place[number] = np.arange(len(number), dtype=np.uint32)
    codes = place[kinds.to_physical().to_numpy()][run]
    words, bad = _decoded(each.cast(pl.String).str.strip_chars(), name)
    return Words(codes, words, bad | _impossible(words, name, longest))


def _decoded(words: pl.Series, name: str) -> tuple[pl.Series, dict[int, str]]:
    written = (words.str.starts_with("b'") | words.str.starts_with('b"')).to_numpy()
    bad: dict[int, str] = {}
    if written.any():
        texts = words.to_list()
        for at in np.flatnonzero(written).tolist():
            try:
                texts[at] = obscore.decoded(name, texts[at])
            except ValueError as error:
                bad[at], texts[at] = str(error), ""
        words = pl.Series("", texts, dtype=pl.String)
    return words, bad


def _impossible(words: pl.Series, name: str, longest: int) -> dict[int, str]:
    lengths = words.str.len_chars().to_numpy()
    said = f"{name} has %d characters; {longest} are the most"
    bad = {at: said % lengths[at] for at in np.flatnonzero(lengths > longest).tolist()}
    nul = words.str.contains("\0", literal=True).to_numpy()
    return bad | {at: f"{name} has a character that cannot be kept" for at in np.flatnonzero(nul).tolist()}
