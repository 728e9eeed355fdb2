"""cont.dat: the frequency ranges without lines, by source and spectral window, in its three versions.

Version 1 names only `SPW17` below a bare source line and is in TOPO; version 2 has `Field:` and `SpectralWindow: 17`
with a frame after each range; version 3 adds the window's name and a line of flags.  Numbers of windows may be those of
another MeasurementSet: whoever uses a selection looks for the name first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from archive.errors import ArchiveError

_WINDOW = re.compile(r"SpectralWindow\s*:\s*(\d+)(?:\s+(\S.*))?", re.IGNORECASE)
_OLD_WINDOW = re.compile(r"SPW\s*(\d+)", re.IGNORECASE)
_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d{1,2})?"
_RANGE = re.compile(rf"({_NUMBER})\s*([kMGT]?Hz)?\s*~\s*({_NUMBER})\s*([kMGT]?Hz)(?:\s+(LSRK|SOURCE|TOPO))?")
_NO_UNIT = re.compile(rf"{_NUMBER}\s*~\s*{_NUMBER}")
_WORDS = ("NONE", "ALL", "ALLCONT")
_UNITS = {"Hz": "1", "kHz": "1e3", "MHz": "1e6", "GHz": "1e9", "THz": "1e12"}


class ContinuumError(ArchiveError):
    code = "unreadable-cont-dat"


@dataclass(frozen=True)
class ContinuumSelection:
    source: str
    window: int
    window_name: str | None
    ranges: tuple[tuple[float, float], ...]  # Hz, low and high
    frame: str  # "LSRK", "TOPO", "SOURCE"; "NONE" without ranges, "UNDEFINED" when frames are mixed
    flags: frozenset[str] = frozenset()  # ALLCONT, LOWBANDWIDTH, LOWSPREAD
    all_continuum: bool = False
    unread: tuple[str, ...] = ()  # ranges without a unit: edited by hand, and left out


def parse(text: str, name: str = "cont.dat") -> tuple[ContinuumSelection, ...]:
    return tuple(_selection(source, window, lines, name=name) for source, window, lines in _blocks(text, name))


def _blocks(text: str, name: str) -> Iterator[tuple[str, re.Match[str], list[str]]]:
    """(source, line that names the window, lines below it)."""
    source, window = "", None
    lines: list[str] = []
    for number, line in enumerate(_lines(text), 1):
        opening = _WINDOW.fullmatch(line) or _OLD_WINDOW.fullmatch(line)
        if window and (opening or not _belongs(line)):
            yield source, window, lines
            window, lines = None, []
        if opening and not source:
            raise ContinuumError(f"{name} names a spectral window before any source ({line!r}).")
        if opening:
            window = opening
        elif window:
            lines.append(line)
        elif _belongs(line):
            raise ContinuumError(f"{name} has {line!r} (its non-empty line {number}) under no spectral window.")
        else:
            source = _source(line)
    if window:
        yield source, window, lines


def _lines(text: str) -> Iterator[str]:
    yield from (line for raw in text.splitlines() if (line := raw.strip()) and not line.startswith("#"))


def _belongs(line: str) -> bool:
    """Whether a line is content of a window; any other line is the name of the next source."""
    return line in _WORDS or line.startswith("Flags:") or "~" in line


def _source(line: str) -> str:
    return re.sub(r"^Field\s*:\s*", "", line).strip().strip("\"'")


def _selection(source: str, window: re.Match[str], lines: list[str], *, name: str) -> ContinuumSelection:
    flags = frozenset(flag for line in lines if line.startswith("Flags:") for flag in line[6:].split())
    ranges = [line for line in lines if line not in _WORDS and not line.startswith("Flags:")]
    found = [_range(line, name) for line in ranges if not _NO_UNIT.fullmatch(line)]
    frames = {frame or "TOPO" for _, _, frame in found}
    return ContinuumSelection(
        source=source,
        window=int(window[1]),
        window_name=window[2].strip() if window.re is _WINDOW and window[2] else None,
        ranges=tuple((low, high) for low, high, _ in found),
        frame="NONE" if not frames else frames.pop() if len(frames) == 1 else "UNDEFINED",
        flags=flags,
        all_continuum="ALLCONT" in flags or "ALL" in lines or "ALLCONT" in lines,
        unread=tuple(line for line in ranges if _NO_UNIT.fullmatch(line)),
    )


def _range(line: str, name: str) -> tuple[float, float, str | None]:
    match = _RANGE.fullmatch(line)
    if not match:
        raise ContinuumError(f"{name} has {line!r}, which is not a frequency range.")
    low, low_unit, high, unit, frame = match.groups()
    edges = _hz(low, low_unit or unit), _hz(high, unit)
    return min(edges), max(edges), frame


def _hz(number: str, unit: str) -> float:
    return float(Decimal(number) * Decimal(_UNITS[unit]))
