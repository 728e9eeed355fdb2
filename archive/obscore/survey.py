"""The pass over a whole file before anything is written: what is good is put by, what is said of MOUSs and projects
is collected, and of rows that contradict each other the first is kept.

Of two answers about a MOUS or a PI neither is used (a release time that is too early would open data).
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import columns, families, keys, said
from archive.obscore.checking import UNKNOWN, Checked, check
from archive.obscore.files import Portion
from archive.obscore.putting_by import PutBy
from archive.obscore.said import Said

Ints = NDArray[np.int64]
RELEASE, FAILED, ARRAY = "obs_release_date", "qa2_passed", "antenna_arrays"
SB = "schedblock_name"
OF_MOUS: dict[str, type[pl.DataType]] = {RELEASE: pl.Int64, FAILED: pl.Int64, ARRAY: pl.Int64, SB: pl.String}
OF_PROJECT: dict[str, type[pl.DataType]] = dict.fromkeys(columns.OF_PROJECT, pl.String)


@dataclass
class Rows:
    """Of all rows of the file, in its order."""

    line: Ints
    key: Ints
    fingerprint: Ints
    family: Ints
    good: NDArray[np.bool_]

    def part(self, where: slice) -> "Rows":
        return Rows(*(each[where] for each in _columns(self)))


@dataclass
class _Looked:
    """What is to be known of a portion when all have been looked at."""

    rows: Rows  # with their places among the families
    families: pl.DataFrame
    of_mous: Said
    of_project: Said
    keys: Ints  # of good rows, in their order
    refused: dict[int, str]  # by line
    seen: int  # rows, and lines that are none


_AT_ONCE = 2
_KEPT = 16  # portions of which each keeps what it says of MOUSs and projects: a text may be said in all of them


class Survey:
    def __init__(self) -> None:
        self._families = families.none()
        self.refused: dict[int, str] = {}  # by line
        self.again = 0  # rows that stand in the file twice
        self.sizes: list[int] = []
        self.portions = PutBy()
        self._looked: list[_Looked] = []
        self._wrong: list[int] = []  # families
        self._of_mous = [said.nothing(OF_MOUS)]
        self._of_project = [said.nothing(OF_PROJECT)]

    def __enter__(self) -> "Survey":
        return self

    def __exit__(self, *_: object) -> None:
        self.portions.clear()

    def look(self, portions: Iterable[Portion]) -> Iterator[int]:
        """All of the file, saying the rows seen after each portion."""
        for found in _side_by_side(partial(_look, self.portions.put), portions):
            yield self._take_in(found)
        self._number_families()
        parts = [_columns(each.rows) for each in self._looked] or [(*np.zeros((4, 0), np.int64), np.zeros(0, bool))]
        self.rows = Rows(*(np.concatenate(each) for each in zip(*parts, strict=True)))
        self._refuse_twice()
        self._looked.clear()

    def _take_in(self, found: _Looked) -> int:
        self._looked.append(found)
        for heard, here in ((self._of_mous, found.of_mous), (self._of_project, found.of_project)):
            heard.append(here)
            if len(heard) > _KEPT:
                heard[:] = [said.together(heard)]
        self.refused |= found.refused
        self.sizes.append(len(found.rows.line))
        return found.seen

    def _number_families(self) -> None:
        self._families, number = families.numbered(
            pl.concat([families.none(), *(each.families for each in self._looked)])
        )
        begin = 0
        for each in self._looked:
            end = begin + each.families.height
            each.rows.family = np.append(number[begin:end], -1)[each.rows.family]
            begin = end

    @cached_property
    def of_mous(self) -> Said:
        """By the families that are not refused."""
        by_family = said.together(self._of_mous)
        heard = ~np.isin(np.arange(self._families.height), self._wrong)
        known = self._families.select(families.NAME, "mous", heard=pl.Series(heard))
        owners = (
            by_family.owners.rename("family").to_frame().join(known, on="family", how="left", maintain_order="left")
        )
        return by_family.among(owners["mous"], owners["heard"].to_numpy())

    @cached_property
    def of_project(self) -> Said:
        return said.together(self._of_project)

    def _refuse_twice(self) -> None:
        """Rows with the same key: the same once more is nothing new, and another is refused."""
        rows = self.rows
        if not _repeats([each.keys for each in self._looked]):
            return
        at = np.flatnonzero(rows.good)
        order = at[np.argsort(rows.key[at], kind="stable")]
        same = np.flatnonzero(rows.key[order][1:] == rows.key[order][:-1]) + 1
        first = np.arange(len(order))
        first[same] = 0
        for place, kept in zip(same.tolist(), np.maximum.accumulate(first)[same].tolist(), strict=True):
            row, earlier = order[place], order[kept]
            rows.good[row] = False
            if rows.fingerprint[row] == rows.fingerprint[earlier]:
                self.again += 1
            else:
                self.refused[int(rows.line[row])] = (
                    f"it is of the same MOUS, execution block, target and spectral window as {rows.line[earlier]}, "
                    "and says something else"
                )

    def digest(self) -> str:
        """Of all rows in their order: a load that broke off goes on only if these are the same."""
        found = hashlib.sha256()
        for column in (self.rows.line, self.rows.key, self.rows.fingerprint):
            found.update(column.data)
        return found.hexdigest()

    def names(self) -> pl.DataFrame:
        """The families, in the order of their numbers."""
        return self._families

    def refuse_families(self, why: dict[int, str]) -> None:
        """By their number."""
        self._wrong = list(why)
        if why:
            for row in np.flatnonzero(np.isin(self.rows.family, list(why)) & self.rows.good).tolist():
                self.refused[int(self.rows.line[row])] = why[int(self.rows.family[row])]
                self.rows.good[row] = False

    def doubts(self) -> Iterator[str]:
        """Sentences about what was said in two ways, of MOUSs and of projects' PIs and titles."""
        named = {"obs_title": "title", "pi_userid": "PI", RELEASE: "release time", FAILED: "QA2 state", SB: "sb_name"}
        for name, word in named.items():
            for owner, first, second in (self.of_mous if name in OF_MOUS else self.of_project).doubts(name):
                yield f"Lines {first} and {second} disagree about the {word} of {owner}; none of them was used for it."


_NOTHING = {RELEASE: UNKNOWN, FAILED: -1, ARRAY: -1}


def _look(put_by: Callable[[int, Checked], None], number: int, portion: Portion) -> _Looked:
    """What needs no other portion; the checked rows are put by, but for what they say of projects."""
    rows = check(portion)
    good = np.ones(rows.rows, bool)
    good[list(rows.refused)] = False
    of_group = _of_group(rows)
    named, family = families.of_rows(rows, of_group, good)
    part = Rows(rows.lines, keys.row_keys(rows, of_group), keys.fingerprints(rows), family, good)
    of_mous = {name: good & ~of_group & _told(rows, name) for name in OF_MOUS}
    of_project = {name: good & _told(rows, name) for name in OF_PROJECT}
    code = rows.texts["proposal_id"]
    put_by(number, replace(rows, texts={name: rows.texts[name] for name in columns.TEXTS}))
    return _Looked(
        part, named,
        said.hear(rows, named.select(families.NAME).to_series(), family, of_mous),
        said.hear(rows, code.words, code.codes, of_project),
        np.sort(part.key[good]),
        portion.refused | {int(rows.lines[at]): why for at, why in rows.refused.items()},
        rows.rows + len(portion.refused),
    )  # fmt: skip


def _told(rows: Checked, name: str) -> NDArray[np.bool_]:
    return rows.value(name) != _NOTHING[name] if name in rows.values else rows.texts[name].filled


def _side_by_side(look: Callable[[int, Portion], _Looked], portions: Iterable[Portion]) -> Iterator[_Looked]:
    """In threads, in the order of the portions, with no more of them in memory than there are threads and one."""
    coming: deque[Future[_Looked]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for number, portion in enumerate(portions):
            coming.append(threads.submit(look, number, portion))
            if len(coming) > _AT_ONCE:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _of_group(rows: Checked) -> NDArray[np.bool_]:
    """calib_level 3 is of the group itself."""
    level = rows.numbers["calib_level"]
    return (level == 3) | (np.isnan(level) & ~rows.texts["member_ous_uid"].filled)


def _columns(rows: Rows) -> tuple:
    return rows.line, rows.key, rows.fingerprint, rows.family, rows.good


def _repeats(parts: Sequence[Ints]) -> bool:
    """To sort what is sorted in parts is a fifth of the work."""
    keys = np.sort(np.concatenate(parts), kind="stable") if parts else np.zeros(0, np.int64)
    return bool((keys[1:] == keys[:-1]).any())
