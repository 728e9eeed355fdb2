"""What rows say of the MOUS or project they are of: in each column what is said first, and where another thing is said.

Looked at by whole columns: a load has more MOUSs than can be looked at one by one while all else waits for them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore.checking import Checked

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """Of one column, in the order of the file: of each owner the first one, and the first that differs from it."""

    owner: Ints  # its place among the owners
    answer: pl.Series
    line: Ints


@dataclass(frozen=True)
class Said:
    owners: pl.Series  # by name
    columns: dict[str, Answers]

    def told(self, sure: Collection[str]) -> pl.DataFrame:
        """What columns say of each `owner`, null for nothing; of two answers neither, in a column that must be sure."""
        found = {"owner": self.owners}
        for name, said in self.columns.items():
            at = _first(said.owner, len(self.owners))
            if name in sure:
                at[np.bincount(said.owner, minlength=len(at)) > 1] = -1
            found[name] = said.answer.gather(pl.Series(at).replace(-1, None))
        return pl.DataFrame(found)

    def among(self, names: pl.Series, heard: NDArray[np.bool_]) -> "Said":
        """What is heard of the owners, by other names, of which several may have one."""
        columns = {}
        for name, said in self.columns.items():
            kept = np.flatnonzero(heard[said.owner])
            columns[name] = Answers(said.owner[kept], said.answer.gather(kept), said.line[kept])
        return together([Said(names, columns)])

    def doubts(self, name: str) -> Iterator[tuple[str, int, int]]:
        """The owners that a column says two things of, with the lines where it does."""
        said = self.columns[name]
        first = _first(said.owner, len(self.owners))[said.owner]
        for at in np.flatnonzero(first != np.arange(len(first))).tolist():
            yield self.owners[int(said.owner[at])], int(said.line[first[at]]), int(said.line[at])


def nothing(kinds: Mapping[str, type[pl.DataType]]) -> Said:
    none = np.zeros(0, np.int64)
    columns = {name: Answers(none, pl.Series([], dtype=kind), none) for name, kind in kinds.items()}
    return Said(pl.Series([], dtype=pl.String), columns)


def hear(rows: Checked, names: pl.Series, codes: NDArray, told: Mapping[str, NDArray[np.bool_]]) -> Said:
    """What columns say of those named, each row of the one whose code it has, by the rows that tell something."""
    said = {}
    for name, there in told.items():
        words, at = rows.texts[name], np.flatnonzero(there)
        at = at[runs(codes[at], words.codes[at])]
        code = words.codes[at]
        answer = pl.Series(rows.values[name][code]) if name in rows.values else words.words.gather(code)
        said[name] = _shortened(Answers(codes[at].astype(np.int64), answer, rows.lines[at]), len(names))
    return Said(names, said)


def together(parts: Sequence[Said]) -> Said:
    """What the portions of a file say, in their order."""
    names = pl.concat([part.owners for part in parts])
    number = names.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy().astype(np.int64)
    first = _first(number, int(number.max(initial=-1)) + 1)
    numbers = np.split(number, np.cumsum([len(part.owners) for part in parts])[:-1])
    said = {}
    for name in parts[0].columns:
        each = [part.columns[name] for part in parts]
        owner = np.concatenate([of[found.owner] for of, found in zip(numbers, each, strict=True)])
        answer = pl.concat([found.answer for found in each])
        said[name] = _shortened(Answers(owner, answer, np.concatenate([found.line for found in each])), len(first))
    return Said(names.gather(first), said)


def _shortened(said: Answers, owners: int) -> Answers:
    first = _first(said.owner, owners)
    others = np.flatnonzero((said.answer != said.answer.gather(first[said.owner])).to_numpy())
    second = others[np.unique(said.owner[others], return_index=True)[1]]
    kept = np.sort(np.concatenate([first[first >= 0], second]))
    return Answers(said.owner[kept], said.answer.gather(kept), said.line[kept])


def _first(owner: Ints, owners: int) -> Ints:
    """Where each is named first, or -1."""
    found = np.full(owners, -1)
    found[owner[::-1]] = np.arange(len(owner))[::-1]
    return found


def runs(*values: NDArray) -> Ints:
    """Where rows begin that differ from the row before."""
    differs = np.zeros(len(values[0]), bool)
    differs[:1] = True
    for each in values:
        differs[1:] |= each[1:] != each[:-1]
    return np.flatnonzero(differs)
