"""Frequency or velocity: the quantity in which a user describes a cube, and its way to hertz and back.

Radio convention: rising velocity is falling frequency.  Velocities in m/s, frequencies in Hz.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from archive import spectrum


@dataclass(frozen=True)
class Axis:
    """The quantity the user speaks: reads it, writes it, and turns it into frequency."""

    mode: str
    rest_hz: float

    def read(self, text: Any, parameter: str) -> float:
        """In Hz or m/s."""
        reader = spectrum.velocity_ms if self.mode == "velocity" else spectrum.frequency_hz
        return reader(text, parameter)

    def write(self, value: float) -> str:
        scale, unit = (1_000, "km/s") if self.mode == "velocity" else (1_000_000_000, "GHz")
        return f"{(Decimal(repr(round(value, 6))) / scale).normalize():f}{unit}"

    def to_hz(self, value: float) -> float:
        return spectrum.frequency_at(value, self.rest_hz) if self.mode == "velocity" else value

    def from_hz(self, hz: float) -> float:
        return spectrum.velocity_at(hz, self.rest_hz) if self.mode == "velocity" else hz

    def step_to_hz(self, step: float) -> float:
        return -spectrum.frequency_width(step, self.rest_hz) if self.mode == "velocity" else step

    def step_from_hz(self, hz: float) -> float:
        return -hz / self.rest_hz * spectrum.LIGHT_SPEED if self.mode == "velocity" else hz

    def range(self, low_hz: float, high_hz: float) -> str:
        """The coverage in the user's quantity, rounded inwards."""
        low, high = sorted((self.from_hz(low_hz), self.from_hz(high_hz)))
        if self.mode == "velocity":
            return f"{math.ceil(low) / 1e3:.3f} to {math.floor(high) / 1e3:.3f} km/s"
        return f"{math.ceil(low / 1e3) / 1e6:.6f} to {math.floor(high / 1e3) / 1e6:.6f} GHz"
