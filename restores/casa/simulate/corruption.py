"""What the instrument does to the truth: antenna gains, bandpasses, phase noise of the atmosphere, thermal noise.

All of it is drawn from the seed of the execution block, in streams that do not depend on each other: the same seed
gives the same visibilities.
"""

from dataclasses import dataclass

import numpy as np

from .frame import Frame, Track

PHASE_COHERENCE_S = 60.0
EDGE = 0.03


@dataclass(frozen=True)
class Instrument:
    """Gains [scan][time, antenna, polarization] and bandpasses [window][antenna, polarization, channel]."""

    gains: dict[int, np.ndarray]
    bandpasses: list[np.ndarray]
    seed: int
    noise_jy: float


def instrument(frame: Frame, *, seed: int, noise_jy: float, phase_rms_deg: float) -> Instrument:
    bandpasses = [
        _bandpass(np.random.default_rng([seed, 2, number]), len(frame.antennas), len(frequencies))
        for number, frequencies in enumerate(frame.frequencies)
    ]
    return Instrument(_gains(frame, seed, np.deg2rad(phase_rms_deg)), bandpasses, seed, noise_jy)


def corrupted(visibilities: np.ndarray, track: Track, window: int, by: Instrument) -> np.ndarray:
    """The data the correlator writes, complex64 [time, baseline, channel, polarization]."""
    rng = np.random.default_rng([by.seed, 3, track.number, window])
    gain, band = by.gains[track.number], by.bandpasses[window]
    gains = gain[:, track.first] * gain[:, track.second].conj()
    bands = band[track.first] * band[track.second].conj()
    shape = (len(track.times), len(track.first), band.shape[-1], 2)
    data = np.empty(shape, np.complex64)
    truth = np.broadcast_to(visibilities, shape[:3])
    for polarization in range(2):
        data[..., polarization] = truth * gains[..., polarization, None] * bands[None, :, polarization]
    noise = rng.standard_normal((*shape, 2), dtype=np.float32) * np.float32(by.noise_jy)
    return data + noise.view(np.complex64)[..., 0]


def _gains(frame: Frame, seed: int, phase_rms: float) -> dict[int, np.ndarray]:
    rng = np.random.default_rng([seed, 1])
    count = len(frame.antennas)
    amplitude = 1 + 0.15 * rng.standard_normal((count, 2))
    drift = 0.02 * rng.standard_normal((count, 2))
    phase = rng.uniform(-np.pi, np.pi, (count, 2))
    rate = rng.normal(0, 2 * np.pi / 6000, count)
    times = np.concatenate([track.times for track in frame.tracks])
    air = phase_rms * _wandering(rng, times, count)
    start, length = times[0], times[-1] - times[0]
    gains, used = {}, 0
    for track in frame.tracks:
        since = (track.times - start)[:, None, None]
        scan_air = air[used : used + len(track.times), :, None]
        level = amplitude * (1 + drift * since / length)
        gains[track.number] = level * np.exp(1j * (phase + rate[None, :, None] * since + scan_air))
        used += len(track.times)
    return gains


def _wandering(rng: np.random.Generator, times: np.ndarray, antennas: int) -> np.ndarray:
    """A first-order autoregressive walk of unit variance per antenna."""
    walk = np.zeros((len(times), antennas))
    for step in range(1, len(times)):
        memory = np.exp(-(times[step] - times[step - 1]) / PHASE_COHERENCE_S)
        walk[step] = memory * walk[step - 1] + np.sqrt(1 - memory**2) * rng.standard_normal(antennas)
    return walk


def _bandpass(rng: np.random.Generator, antennas: int, channels: int) -> np.ndarray:
    """Tilt, curvature, a delay, and a fall towards both edges."""
    x = np.linspace(-1, 1, channels) if channels > 1 else np.zeros(1)
    tilt, curve, delay = (rng.standard_normal((antennas, 2, 1)) for _ in range(3))
    fall = 0.6 * np.exp(-(1 - np.abs(x)) / EDGE)
    return (1 + 0.05 * tilt * x + 0.08 * curve * x**2 - fall) * np.exp(0.4j * delay * x)
