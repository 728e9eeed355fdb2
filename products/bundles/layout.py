"""Where each byte of an archive lies: short texts of our own between files that lie in the store.

Knows no database and no store.  Of the texts (headers, padding, the directory of a zip) the lengths alone are known
beforehand; they are made when their place is asked for, since most of those of ten thousand files never are at once.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple


class Member(NamedTuple):
    """One file of an archive.  `content` are the bytes of one that we write ourselves; others come from the store."""

    path: str
    size: int
    crc32: int | None
    changed: int  # Unix seconds
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes `start` to before `stop` of the member with this number."""

    number: int
    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start


Segment = bytes | Slice


class Layout:
    """The segments of an archive, one behind the other; `size` is its length in bytes.

    `sizes` are their lengths, `segment` makes the one with this number.
    """

    def __init__(self, sizes: Iterable[int], segment: Callable[[int], Segment]) -> None:
        self._ends = list(accumulate(sizes))
        self._segment = segment
        self.size = self._ends[-1] if self._ends else 0

    def part(self, start: int, stop: int) -> Iterator[Segment]:
        """What bytes `start` to before `stop` are made of, in order."""
        for number, begin, end in self._within(start, stop):
            segment = self._segment(number)
            size = segment.size if isinstance(segment, Slice) else len(segment)
            if size != end - begin:
                raise ValueError(f"Segment {number} of {end - begin} bytes has {size}.")
            yield _cut(segment, max(start - begin, 0), min(stop, end) - begin)

    def amounts(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Which members have bytes between `start` and `stop`, and how many, in order."""
        for number, begin, end in self._within(start, stop):
            if isinstance(segment := self._segment(number), Slice):
                yield segment.number, min(stop, end) - max(start, begin)

    def _within(self, start, stop):
        """Number, begin and end of the segments that have bytes there."""
        number = bisect_right(self._ends, start)
        begin = self._ends[number - 1] if number else 0
        for at in range(number, len(self._ends)):
            if begin >= stop:
                return
            end = self._ends[at]
            if end > begin:
                yield at, begin, end
            begin = end


def _cut(segment: Segment, start: int, stop: int) -> Segment:
    if isinstance(segment, Slice):
        return Slice(segment.number, segment.start + start, segment.start + stop)
    return segment[start:stop]


def body(number: int, member: Member) -> Segment:
    """The bytes of a member itself."""
    return Slice(number, 0, member.size) if member.content is None else member.content
