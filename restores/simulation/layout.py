"""How an execution block is laid out: when it starts, which windows it has, which scans follow each other.

A block begins so that its target crosses the meridian while it runs: every source is then well above the horizon.
"""

import datetime
from dataclasses import dataclass

from restores.casa.simulate.plan import Scan, Window

ALMA_LONGITUDE_DEG = -67.7549


@dataclass(frozen=True)
class Layout:
    """How finely a MOUS is observed: channels and widths of continuum and line window, and the rhythm of scans."""

    channels: tuple[int, int]
    widths_hz: tuple[float, float]
    bandpass_s: float
    flux_s: float
    phase_s: float
    target_s: float
    cycles: int


USUAL = Layout((64, 128), (31.25e6, 976562.5), 100, 50, 30, 110, 3)
SPARSE = Layout((32, 64), (62.5e6, 1953125.0), 60, 40, 30, 80, 2)


def transit_start(date: str, ra_deg: float, lead_minutes: float) -> str:
    """UTC on `date` at which `ra_deg` culminates over ALMA, less `lead_minutes` (mean sidereal time, to a minute)."""
    midnight = datetime.datetime.fromisoformat(date)
    days = (midnight - datetime.datetime(2000, 1, 1, 12)).total_seconds() / 86400
    sidereal = (280.46061837 + 360.98564736629 * days + ALMA_LONGITUDE_DEG) % 360
    wait = ((ra_deg - sidereal) % 360) / 360.98564736629
    start = midnight + datetime.timedelta(days=wait) - datetime.timedelta(minutes=lead_minutes)
    return start.strftime("%Y/%m/%d/%H:%M:00")


def windows(setup: int, layout: Layout, line_hz: float, leading: int) -> tuple[Window, ...]:
    """`leading` windows that are not for science, then the continuum and the line window around `line_hz`.

    The number in the name belongs to the spectral setup: it is the same in all execution blocks of a MOUS.
    """
    first = [
        Window("WVR#NOMINAL", "NOBB", 184.19e9, 1.5e9, 4, False),
        Window(f"X{setup - 1}#ALMA_RB_06#BB_1#SW-01#CH_AVG", "BB_1", 233.0e9, 1.875e9, 1, False),
        Window(f"X{setup - 1}#ALMA_RB_06#BB_2#SW-01#CH_AVG", "BB_2", 231.0e9, 1.875e9, 1, False),
    ]
    names = [f"X{setup}#ALMA_RB_06#BB_{number}#SW-01#FULL_RES" for number in (1, 2)]
    science = [
        Window(names[0], "BB_1", 233.0e9, layout.widths_hz[0], layout.channels[0], True),
        Window(names[1], "BB_2", line_hz, layout.widths_hz[1], layout.channels[1], True),
    ]
    return (*first[:leading], *science)


def scans(layout: Layout, *, bandpass: str, flux: str, phase: str, target: str) -> tuple[Scan, ...]:
    opening = [
        Scan(bandpass, 20, ("CALIBRATE_POINTING", "CALIBRATE_WVR"), science=False),
        Scan(bandpass, layout.bandpass_s, ("CALIBRATE_BANDPASS", "CALIBRATE_WVR")),
        Scan(flux, layout.flux_s, ("CALIBRATE_FLUX", "CALIBRATE_WVR")),
    ]
    look = Scan(phase, layout.phase_s, ("CALIBRATE_PHASE", "CALIBRATE_WVR"))
    cycle = [look, Scan(target, layout.target_s, ("OBSERVE_TARGET",))]
    return (*opening, *(cycle * layout.cycles), look)
