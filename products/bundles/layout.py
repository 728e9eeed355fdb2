"""Where each byte of an archive lies: short texts of our own between files that lie in the store.

Knows no database and no store.  The texts (headers, padding, the directory of a zip) are made when their place is
asked for; what is known beforehand is their length.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Member:
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


@dataclass(frozen=True, slots=True)
class Text:
    """Bytes of our own: how many, and how to make them."""

    size: int
    make: Callable[[], bytes]


Segment = Text | Slice


class Layout:
    """The segments of an archive, one behind the other; `size` is its length in bytes."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._ends = list(accumulate(segment.size for segment in segments))
        self.size = self._ends[-1] if self._ends else 0

    def part(self, start: int, stop: int) -> Iterator[bytes | Slice]:
        """What bytes `start` to before `stop` are made of, in order."""
        number = bisect_right(self._ends, start)
        while start < min(stop, self.size):
            segment, end = self._segments[number], self._ends[number]
            begin = end - segment.size
            if segment.size:
                yield _cut(segment, start - begin, min(stop, end) - begin)
            start, number = end, number + 1

    def amounts(self, start: int, stop: int) -> dict[int, int]:
        """How many bytes of which members lie between `start` and `stop`, in order."""
        first = bisect_right(self._ends, start)
        found = {}
        for segment, end in zip(self._segments[first:], self._ends[first:], strict=True):
            begin = end - segment.size
            if begin >= stop:
                break
            if isinstance(segment, Slice) and segment.size:
                found[segment.number] = min(stop, end) - max(start, begin)
        return found


def _cut(segment: Segment, start: int, stop: int) -> bytes | Slice:
    if isinstance(segment, Slice):
        return Slice(segment.number, segment.start + start, segment.start + stop)
    made = segment.make()
    if len(made) != segment.size:
        raise ValueError(f"A text of {segment.size} bytes has {len(made)}.")
    return made[start:stop]


def body(number: int, member: Member) -> Segment:
    """The bytes of a member itself."""
    if member.content is None:
        return Slice(number, 0, member.size)
    content = member.content
    return Text(member.size, lambda: content)
