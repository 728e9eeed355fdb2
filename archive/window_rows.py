"""What a delivery knows of one source in one spectral window, in the columns of the flat index.

A window is that of all execution blocks used, joined by name.  The footprint is where the antennas looked, with the
primary beam at the centre of the window.  What no delivery says (exposure, sensitivity, resolution) stays unknown.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from archive import index_codes, primary_beam, regions, sky
from archive.models import MemberOUS, Source, SpectralWindow
from archive.spectrum import LIGHT_SPEED

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
WIDEST_M = 7.0  # of an array that is not known: the larger beam misses nothing
# GHz (FACTS 6).  Bands 2 and 3 overlap, and most that was observed there was observed in band 3.
BANDS = {1: (35, 50), 3: (84, 116), 2: (67, 84), 4: (125, 163), 5: (163, 211), 6: (211, 275), 7: (275, 373),
         8: (385, 500), 9: (602, 720), 10: (787, 950)}  # fmt: skip
_BAND_IN_NAME = re.compile(r"ALMA_RB_(\d\d)")


@dataclass(frozen=True)
class Place:
    """The footprint of a source; `region` only where it is more than a circle around the position."""

    ra_deg: float
    dec_deg: float
    bound_rad: float
    region: str = ""


def windows_of(mous: MemberOUS) -> list[list[SpectralWindow]]:
    """The science windows, each with what the blocks say of it, the first block first."""
    joined: dict[str, list[SpectralWindow]] = {}
    rows = SpectralWindow.objects.filter(eb__mous=mous, science=True).exclude(eb__used=False).select_related("eb")
    for window in rows.order_by("eb__started_at", "eb__uid", "number"):
        joined.setdefault(window.name, []).append(window)
    return list(joined.values())


def columns(source: Source, windows: list[SpectralWindow], array: str) -> dict:
    """Everything but what the row belongs to, its name and its footprint."""
    low, high = min(w.low_hz for w in windows), max(w.high_hz for w in windows)
    centre, first = (low + high) / 2, windows[0]
    place = place_of(source, primary_beam.fwhm_rad(centre, primary_beam.DISHES_M.get(array, WIDEST_M)) / 2)
    return {
        "spw": next((w.virtual for w in windows if w.virtual is not None), None),
        "low_hz": low,
        "high_hz": high,
        "frequency_hz": centre,
        "bandwidth_hz": high - low,
        "channels": first.nchan,
        "channel_width_hz": first.channel_width_hz,
        "resolving_power": centre / first.channel_width_hz if first.channel_width_hz else None,
        "velocity_resolution_ms": LIGHT_SPEED * first.channel_width_hz / centre,
        "bands": index_codes.band_bits(band_of(first.name, centre)),
        "t_min_mjd": _mjd(min((w.eb.started_at for w in windows if w.eb.started_at), default=None)),
        "t_max_mjd": _mjd(max((w.eb.ended_at for w in windows if w.eb.ended_at), default=None)),
        "intents": intents_of(source),
        "science": source.is_target,
        "mosaic": len(source.pointings) > 1,
        **(on_the_sky(place) if place else {}),
    }


def band_of(name: str, hertz: float) -> list[int]:
    """By the receiver in the name of the window, which overlaps do not confuse, else by frequency; none in a gap."""
    if named := _BAND_IN_NAME.search(name):
        return [band for band in [int(named[1])] if band in BANDS]
    return [band for band, (low, high) in BANDS.items() if low <= hertz / 1e9 < high][:1]


def intents_of(source: Source) -> int:
    known = {intent if intent in index_codes.INTENTS else "OTHER" for intent in source.intents}
    return index_codes.bits(known, index_codes.INTENTS)


def place_of(source: Source, radius_rad: float) -> Place | None:
    """One circle, or one for each field of a mosaic around the middle of them all."""
    centres = [(ra, dec) for ra, dec in source.pointings]
    if not centres and source.ra_deg is not None and source.dec_deg is not None:
        centres = [(source.ra_deg, source.dec_deg)]
    if len(centres) < 2:
        return Place(*centres[0], radius_rad) if centres else None
    ra, dec = _middle(centres)
    region = f"Union ICRS ( {' '.join(_circles(centres, math.degrees(radius_rad)))} )"
    return Place(ra, dec, regions.parse(region).bound_rad(ra, dec), region)


def on_the_sky(place: Place) -> dict:
    x, y, z = (float(each) for each in sky.vectors(place.ra_deg, place.dec_deg)[0])
    return {
        "ra_deg": place.ra_deg,
        "dec_deg": place.dec_deg,
        "x": x,
        "y": y,
        "z": z,
        "hpx": int(sky.pixels(place.ra_deg, place.dec_deg)[0]),
        "bound_rad": float(place.bound_rad),
        "size_class": int(sky.size_class(place.bound_rad)[0]),
        "fov_deg": 2 * math.degrees(place.bound_rad),
        "region": place.region,
    }


def _circles(centres: Iterable[tuple[float, float]], radius_deg: float) -> Iterator[str]:
    yield from (f"Circle {ra:.6f} {dec:.6f} {radius_deg:.6f}" for ra, dec in centres)


def _middle(centres: list[tuple[float, float]]) -> tuple[float, float]:
    ra, dec = zip(*centres, strict=True)
    x, y, z = np.asarray(sky.vectors(ra, dec)).mean(axis=0)
    return math.degrees(math.atan2(y, x)) % 360.0, math.degrees(math.atan2(z, math.hypot(x, y)))


def _mjd(at: datetime | None) -> float | None:
    return None if at is None else (at - MJD_ZERO).total_seconds() / 86_400
