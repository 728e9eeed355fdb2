"""Observations grown to a given amount of raw data: more antennas, then finer channels, then shorter integrations.

The sky, the bandwidth and the rhythm of scans stay as they are, so truth and processing stay the same in kind.
"""

import math
from dataclasses import replace

from restores.casa.simulate.plan import Block, Observation, Window

from .presets import Preset

MOST_ANTENNAS = 24
MOST_CHANNELS = 1024
BYTES_PER_VISIBILITY = 8
POLARIZATIONS = 2


def raw_bytes(observation: Observation) -> float:
    """Bytes of visibilities in all execution blocks, without headers."""
    baselines = observation.antennas * (observation.antennas - 1) / 2
    numbers = sum(_channel_seconds(block) for block in observation.blocks) / observation.integration_s
    return baselines * numbers * POLARIZATIONS * BYTES_PER_VISIBILITY


def _channel_seconds(block: Block) -> float:
    channels = {kind: sum(w.channels for w in block.windows if w.science == kind) for kind in (True, False)}
    return sum(scan.seconds * channels[scan.science] for scan in block.scans)


def grown(preset: Preset, raw_mb: float) -> Preset:
    return replace(preset, observation=_grown(preset.observation, raw_mb * 1e6))


def _grown(observation: Observation, wanted: float) -> Observation:
    antennas = observation.antennas * (wanted / raw_bytes(observation)) ** 0.5
    observation = replace(observation, antennas=min(MOST_ANTENNAS, max(observation.antennas, round(antennas))))
    most = MOST_CHANNELS / max(window.channels for window in observation.first.windows)
    integrations = math.ceil(wanted / (raw_bytes(observation) * most))
    # Scans last multiples of ten seconds: whole integrations, else the simulator drops the last one.
    observation = replace(observation, integration_s=10 / max(1, integrations))
    return _finer(observation, max(1, wanted / raw_bytes(observation)))


def _finer(observation: Observation, factor: float) -> Observation:
    return replace(observation, blocks=tuple(_finer_block(block, factor) for block in observation.blocks))


def _finer_block(block: Block, factor: float) -> Block:
    windows = (_finer_window(window, factor) if window.science else window for window in block.windows)
    return replace(block, windows=tuple(windows))


def _finer_window(window: Window, factor: float) -> Window:
    channels = 4 * round(window.channels * factor / 4)
    return replace(window, channels=channels, channel_hz=window.channel_hz * window.channels / channels)
