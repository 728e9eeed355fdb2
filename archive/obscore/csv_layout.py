"""Where lines of CSV are cut: at the columns that mostly are as in the line before, in some lines of a file."""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from archive.obscore import csv_cutting, csv_tables

_SHARE = 0.9  # of lines that repeat a piece
_SAMPLE = 250
_WORTH = 0.25  # of a line: where less is repeated, cutting takes longer than reading
_LONG = 400  # bytes of a piece between the beginning and the end: to look for it takes as long as to read so many


class Layout:
    """Names of the columns of each piece, and where these are."""

    def __init__(self, names: list[str], begin: int, pieces: Sequence[tuple[int, int]], end: int) -> None:
        """`begin` and `end` are how many columns mostly are as before, `pieces` the first and the next of others."""
        within = list(chain.from_iterable(pieces))
        self.places = (len(names), begin, end, *within)  # as `csv_cutting.Places` takes them
        parts = [names[first:stop] for first, stop in pairwise([begin, *within, len(names) - end])]
        between, self.pieces = parts[::2], parts[1::2]
        self.begin, self.end = names[:begin], names[len(names) - end :]
        self.rest = between[0] + [name for part in between[1:] for name in (csv_tables.MARKED, *part)]


def find(names: list[str], lines: Sequence[bytes]) -> Layout | None:
    """None where too little is repeated in these lines, or they are odd."""
    rows = [csv_cutting.FIELDS.findall(line) for line in lines[:_SAMPLE]]
    if len(rows) < 2 or any(
        len(row) != len(names) or b"".join(row) != line for row, line in zip(rows, lines, strict=False)
    ):
        return None
    table = np.array(rows, dtype=object)
    same, sizes = table[1:] == table[:-1], np.array([[len(field) for field in row] for row in rows]).mean(axis=0)
    begin = min(_columns(same), len(names) - 1)
    end = min(_columns(same[:, ::-1]), len(names) - 1 - begin)
    pieces = list(_pieces(same, sizes, begin, len(names) - end - 1))
    cut = [slice(begin), slice(len(names) - end, None), *(slice(*piece) for piece in pieces)]
    repeated = sum(sizes[columns].sum() for columns in cut)
    return Layout(names, begin, pieces, end) if repeated >= _WORTH * sizes.sum() else None


def _columns(same: NDArray[np.bool_]) -> int:
    """How many columns together mostly are as in the line before."""
    return int((np.logical_and.accumulate(same, axis=1).mean(axis=0) >= _SHARE).sum())


def _pieces(same: NDArray[np.bool_], sizes: NDArray, first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Columns that stand together, are long, and mostly as in the line before."""
    often = same.mean(axis=0) >= _SHARE
    for repeats, columns in groupby(range(first, stop), often.__getitem__):
        at = list(columns)
        if repeats and sizes[at].sum() >= _LONG and same[:, at].all(axis=1).mean() >= _SHARE:
            yield at[0], at[-1] + 1
