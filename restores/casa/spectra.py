"""Channels and frequencies: which channels of one execution block a range of the sky's frequencies is.

cont.dat gives LSRK; an MS has TOPO channels, and the shift between them is another in June than in July, so every
selection is made per execution block.  `scale` is always TOPO over LSRK.  Radio convention: f = f0 (1 - v/c).
"""

import dataclasses
from collections.abc import Iterable, Sequence

from restores.casa.geometry import SPEED_OF_LIGHT


def frequency_at(velocity: float, rest: float) -> float:
    """Hz for m/s."""
    return rest * (1 - velocity / SPEED_OF_LIGHT)


def velocity_at(frequency: float, rest: float) -> float:
    """m/s for Hz: rising velocity is falling frequency."""
    return SPEED_OF_LIGHT * (1 - frequency / rest)


@dataclasses.dataclass(frozen=True)
class Band:
    """Channel centres of a spectral window at one time, Hz LSRK, lowest to highest, and the channel width."""

    lowest: float
    highest: float
    width: float

    def holds(self, frequency: float) -> bool:
        return self.lowest - self.width / 2 <= frequency <= self.highest + self.width / 2


def band(centres: Sequence[float], width: float, scales: Iterable[float]) -> Band:
    """What is covered at every one of `scales`: first and last moment of an execution block, or of several."""
    scales = list(scales)
    lowest, highest = min(centres), max(centres)
    return Band(max(lowest / scale for scale in scales), min(highest / scale for scale in scales), width / max(scales))


def common(bands: Sequence[Band]) -> Band:
    return Band(max(b.lowest for b in bands), min(b.highest for b in bands), max(b.width for b in bands))


def channel_ranges(
    centres: Sequence[float], width: float, ranges: Iterable[Sequence[float]], *, scale: float
) -> list[tuple[int, int]]:
    """First and last channel of each LSRK range; only channels wholly inside, so that no line enters by its edge."""
    found = []
    for low, high in ranges:
        inside = [
            number
            for number, centre in enumerate(centres)
            if low * scale <= centre - width / 2 and centre + width / 2 <= high * scale
        ]
        if inside:
            found.append((inside[0], inside[-1]))
    return sorted(found)


def selection(spw: int, ranges: Sequence[tuple[int, int]]) -> str:
    """`25:0~35;92~127`, or the whole window when no range is given."""
    return f"{spw}:" + ";".join(f"{first}~{last}" for first, last in ranges) if ranges else str(spw)
