"""The pass over a whole file before anything is written: what is good is put by, what is said of MOUSs and projects
is collected, and of rows that contradict each other the first is kept.

Of two answers about a MOUS or a PI neither is used (a release time that is too early would open data).
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import columns, keys
from archive.obscore.checking import UNKNOWN, Checked, check
from archive.obscore.files import Portion
from archive.obscore.putting_by import PutBy

Ints = NDArray[np.int64]
Family = tuple[str, str, str]  # project code, uid of the group, uid of the MOUS (empty: rows of the group itself)
RELEASE, FAILED, ARRAY = "obs_release_date", "qa2_passed", "antenna_arrays"
SB = "schedblock_name"


@dataclass
class Said:
    """What a column says of each MOUS or project; with two answers there is none."""

    answers: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    doubted: dict[str, tuple[int, int]] = field(default_factory=dict)  # the lines of two answers that differ

    def take(self, owner: str, answer: object, line: int) -> None:
        held = self.answers.setdefault(owner, answer)
        if held is answer or held == answer:
            self.lines.setdefault(owner, line)
        elif owner not in self.doubted:
            self.doubted[owner] = (self.lines[owner], line)

    def of(self, owner: str) -> object:
        """None when nothing is said, or no one thing."""
        return None if owner in self.doubted else self.answers.get(owner)


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


Found = tuple[Checked, Rows, dict[int, str]]  # rows of a portion, their place in the whole, lines that are no rows
_AT_ONCE = 2


class Survey:
    def __init__(self) -> None:
        self.families: dict[Family, int] = {}
        self.family_lines: list[int] = []
        self.of_mous = {name: Said() for name in (RELEASE, FAILED, ARRAY, SB)}
        self.of_project = {name: Said() for name in columns.OF_PROJECT}
        self.refused: dict[int, str] = {}  # by line
        self.again = 0  # rows that stand in the file twice
        self.sizes: list[int] = []
        self._parts: list[Rows] = []
        self._named = pl.DataFrame()
        self.portions = PutBy()

    def __enter__(self) -> "Survey":
        return self

    def __exit__(self, *_: object) -> None:
        self.portions.clear()

    def look(self, portions: Iterable[Portion]) -> Iterator[int]:
        """All of the file, saying the rows seen after each portion."""
        for found in _side_by_side(partial(_looked, self.portions.put), portions):
            yield self._take_in(*found)
        self.rows = (
            Rows(*(np.concatenate(each) for each in zip(*map(_columns, self._parts), strict=True)))
            if self._parts
            else Rows(*np.zeros((4, 0), np.int64), np.zeros(0, bool))
        )
        self._parts.clear()
        self._refuse_twice()

    def _take_in(self, rows: Checked, part: Rows, refused: dict[int, str]) -> int:
        of_group = _of_group(rows)
        part.family = self._families(rows, of_group, part.good)
        self._listen(rows, part.family, part.good & ~of_group)
        self._parts.append(part)
        self.refused |= refused | {int(rows.lines[at]): why for at, why in rows.refused.items()}
        self.sizes.append(rows.rows)
        return rows.rows + len(refused)

    def _families(self, rows: Checked, of_group: NDArray[np.bool_], good: NDArray[np.bool_]) -> Ints:
        named = [rows.texts[name] for name in ("proposal_id", "group_ous_uid", "member_ous_uid")]
        first = _runs(*(column.codes for column in named), of_group, good)
        numbers = []
        for code, group, mous, whole, fine, line in zip(
            *(column.at(first) for column in named), of_group[first].tolist(), good[first].tolist(),
            rows.lines[first].tolist(), strict=True,
        ):  # fmt: skip
            family = (code, group or mous, "") if whole else (code, group, mous)
            numbers.append(self._number(family, line) if fine else -1)
        return np.repeat(np.array(numbers, np.int64), np.diff(first, append=rows.rows))

    def _number(self, family: Family, line: int) -> int:
        number = self.families.setdefault(family, len(self.families))
        if number == len(self.family_lines):
            self.family_lines.append(line)
        return number

    def _listen(self, rows: Checked, family: Ints, of_mous: NDArray[np.bool_]) -> None:
        mous, project = rows.texts["member_ous_uid"], rows.texts["proposal_id"]
        for name, said in self.of_mous.items():
            values = rows.value(name) if name in rows.values else None
            told = rows.texts[name].filled if values is None else values != _NOTHING[name]
            _take(said, rows, (mous, rows.texts[name], values), of_mous & told)
        for name, said in self.of_project.items():
            _take(said, rows, (project, rows.texts[name], None), (family >= 0) & rows.texts[name].filled)

    def _refuse_twice(self) -> None:
        """Rows with the same key: the same once more is nothing new, and another is refused."""
        rows = self.rows
        at = np.flatnonzero(rows.good)
        if not _repeats(rows.key[at]):
            return
        order = at[np.argsort(rows.key[at], kind="stable")]
        same = np.flatnonzero(rows.key[order][1:] == rows.key[order][:-1]) + 1
        for place in same.tolist():
            first = place - 1
            while not rows.good[order[first]]:
                first -= 1
            row, earlier = order[place], order[first]
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
        if self._named.height != len(self.families):
            self._named = pl.DataFrame(list(self.families), ["code", "gous", "mous"], orient="row")
        return self._named

    def refuse_families(self, why: dict[int, str]) -> None:
        """By their number."""
        if why:
            for row in np.flatnonzero(np.isin(self.rows.family, list(why)) & self.rows.good).tolist():
                self.refused[int(self.rows.line[row])] = why[int(self.rows.family[row])]
                self.rows.good[row] = False

    def doubts(self) -> Iterator[str]:
        """Sentences about what was said in two ways, of MOUSs and of projects' PIs and titles."""
        named = {"obs_title": "title", "pi_userid": "PI", RELEASE: "release time", FAILED: "QA2 state", SB: "sb_name"}
        for name, word in named.items():
            for owner, (first, second) in (self.of_mous | self.of_project)[name].doubted.items():
                yield f"Lines {first} and {second} disagree about the {word} of {owner}; none of them was used for it."


_NOTHING = {RELEASE: UNKNOWN, FAILED: -1, ARRAY: -1}


def _looked(put_by: Callable[[int, Checked], None], number: int, portion: Portion) -> Found:
    """What needs no other portion; the checked rows are put by, but for what they say of projects."""
    rows = check(portion)
    good = np.ones(rows.rows, bool)
    good[list(rows.refused)] = False
    unknown = np.full(rows.rows, -1)
    part = Rows(rows.lines, keys.row_keys(rows, _of_group(rows)), keys.fingerprints(rows), unknown, good)
    put_by(number, replace(rows, texts={name: rows.texts[name] for name in columns.TEXTS}))
    return rows, part, portion.refused


def _side_by_side(look: Callable[[int, Portion], Found], portions: Iterable[Portion]) -> Iterator[Found]:
    """In threads, in the order of the portions, with no more of them in memory than there are threads and one."""
    coming: deque[Future[Found]] = deque()
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


def _runs(*values: NDArray) -> Ints:
    """Where rows begin that differ from the row before."""
    differs = np.zeros(len(values[0]), bool)
    differs[:1] = True
    for each in values:
        differs[1:] |= each[1:] != each[:-1]
    return np.flatnonzero(differs)


def _repeats(keys: Ints) -> bool:
    keys = np.sort(keys)  # half the work of what says where they were
    return bool((keys[1:] == keys[:-1]).any())


def _take(said: Said, rows: Checked, of: tuple, told: NDArray[np.bool_]) -> None:
    owner, words, values = of
    at = np.flatnonzero(told)
    if len(at):
        at = at[_runs(owner.codes[at], words.codes[at])]
        answers = words.at(at) if values is None else values[at].tolist()
        for name, answer, line in zip(owner.at(at), answers, rows.lines[at].tolist(), strict=True):
            said.take(name, answer, line)
