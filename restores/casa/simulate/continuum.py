"""Which frequencies are free of the line: LSRK ranges for cont.dat, and the channels they are in one execution block.

The line stands still in LSRK; the channels, fixed at the telescope, move with the Earth.  A range is therefore kept
in LSRK and turned into channels anew for each execution block.
"""

from dataclasses import dataclass

import numpy as np
from casatools import msmetadata

from .plan import Block, Observation, Target
from .sky import C_KMS, topocentric_factor

# Half of the line left out, in FWHM: a Gaussian is down to 1e-4 of its peak at 1.8 FWHM.
CLEARANCE = 1.9
# Channels left out at both ends beside the flagged edges, so that a range holds for all blocks.
MARGIN = 3


@dataclass(frozen=True)
class Seen:
    """Channels of the science windows of one block (Hz, topocentric) and its factor from LSRK."""

    block: Block
    channels: dict[str, np.ndarray]
    factor: float


def seen(vis: str, observation: Observation, block: Block) -> Seen:
    metadata = msmetadata()
    metadata.open(vis)
    times = metadata.timesforfield(metadata.fieldsforname(observation.target.name)[0])
    channels = {block.windows[number].name: metadata.chanfreqs(number) for number in block.science}
    metadata.close()
    return Seen(block, channels, topocentric_factor(observation.target, float(times.mean())))


def common_range(every: list[Seen], window: str, edge: int) -> tuple[float, float]:
    """LSRK frequencies that all blocks observed, without `edge` channels at both ends."""
    low = max(one.channels[window][edge] / one.factor for one in every)
    high = min(one.channels[window][-1 - edge] / one.factor for one in every)
    return low, high


def continuum_ranges(every: list[Seen], target: Target, window: str) -> list[tuple[float, float]]:
    channels = every[0].channels[window]
    low, high = common_range(every, window, len(channels) // 32 + MARGIN)
    centre = target.rest_hz * (1 - target.lsrk_kms / C_KMS)
    # A line is never narrower than a channel.
    half = max(CLEARANCE * target.fwhm_kms / C_KMS * target.rest_hz, 1.5 * abs(channels[1] - channels[0]))
    pieces = [(low, min(high, centre - half)), (max(low, centre + half), high)]
    return [(start, end) for start, end in pieces if end > start]


def channel_selection(one: Seen, window: str, ranges: list[tuple[float, float]]) -> str:
    """`3:5~20;40~58`: the channels of this block that lie wholly inside the LSRK ranges."""
    frequencies = one.channels[window] / one.factor
    number = next(n for n in one.block.science if one.block.windows[n].name == window)
    parts = []
    for low, high in ranges:
        inside = np.nonzero((frequencies >= low) & (frequencies <= high))[0]
        if len(inside):
            parts.append(f"{inside[0]}~{inside[-1]}")
    return f"{number}:{';'.join(parts)}"
