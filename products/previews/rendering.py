"""What comes of an image that was reduced: pictures in two sizes, and the numbers behind them as JSON."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from products.previews import layout, picture, plot, sky
from products.previews.reducing import Reduced

WIDTHS = (1024, 256)
PNG = "image/png"


@dataclass(frozen=True)
class Rendered:
    kind: str
    width: int | None
    name: str
    media_type: str
    body: bytes


def render(reduced: Reduced, shape: layout.Layout, facts: dict[str, Any], *, title: str) -> list[Rendered]:
    """Of a cube its peak, its moment 0 and its spectra, else the image."""
    unit, ghz = str(facts.get("unit") or ""), layout.frequencies_ghz(facts, shape.nchan)
    drawn = [_pictures(kind, shown) for kind, shown in _shown(reduced, shape, facts, title).items()]
    told = _told(reduced, shape, facts)
    if shape.nchan > 1:
        axis, words = _axis(facts, shape, ghz)
        drawn.append(_plots(plot.Spectra(axis, words, reduced.channel_peak, reduced.channel_mean, unit, title)))
        told |= _spectra(reduced, ghz, facts)
    body = orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)
    numbers = Rendered("numbers", None, "numbers.json", "application/json", body)
    return [*(one for some in drawn for one in some), numbers]


def _shown(reduced, shape, facts, title) -> dict[str, picture.Shown]:
    unit, where, beam = str(facts.get("unit") or ""), sky.sky_of(facts), _beam(facts)
    if shape.nchan == 1:
        return {"image": picture.Shown(reduced.peak, reduced.block, where, title, unit, beam)}
    total, moment_unit = moment0(reduced, shape, facts)
    return {
        "peak": picture.Shown(reduced.peak, reduced.block, where, f"{title} peak", unit, beam),
        "moment0": picture.Shown(total, reduced.block, where, f"{title} moment 0", moment_unit, beam),
    }


def moment0(reduced: Reduced, shape: layout.Layout, facts: dict[str, Any]) -> tuple[np.ndarray, str]:
    """The integral over all channels, nothing masked, and its unit; a plain sum where the channels have no width."""
    width = layout.channel_width_kms(facts, layout.frequencies_ghz(facts, shape.nchan))
    unit = str(facts.get("unit") or "")
    return (reduced.total * np.float32(width), f"{unit} km/s") if width else (reduced.total, f"{unit}, sum of channels")


def _pictures(kind: str, shown: picture.Shown) -> list[Rendered]:
    return [Rendered(kind, width, f"{kind}-{width}.png", PNG, picture.picture(shown, width)) for width in WIDTHS]


def _plots(spectra: plot.Spectra) -> list[Rendered]:
    return [Rendered("spectrum", width, f"spectrum-{width}.png", PNG, plot.plot(spectra, width)) for width in WIDTHS]


def _axis(facts, shape, ghz) -> tuple[np.ndarray, str]:
    if ghz is None:
        return np.arange(1.0, shape.nchan + 1), "channel"
    frame = str(facts.get("frame") or "").strip()
    return ghz, f"frequency (GHz{', ' if frame else ''}{frame})"


def _beam(facts) -> tuple[float, float, float] | None:
    said = facts.get("beam") or {}
    beam = [said.get(name) for name in ("major_arcsec", "minor_arcsec", "angle_deg")]
    numbers = all(isinstance(value, int | float) and math.isfinite(value) for value in beam)
    return (float(beam[0]), float(beam[1]), float(beam[2])) if numbers and beam[0] > 0 and beam[1] > 0 else None


def _told(reduced, shape, facts) -> dict[str, Any]:
    where = sky.sky_of(facts)
    return {
        "object": facts.get("object") or None,
        "unit": facts.get("unit") or None,
        "shape": facts["shape"],
        "planes_left_out": shape.planes_left_out,
        "pixels_in_one": reduced.block,
        "beam": facts.get("beam"),
        "beams": facts.get("beams"),
        "sky_frame": where.frame or None,
        "reference_deg": where.centre,
        "pixel_arcsec": [where.x.step, where.y.step] if where.centre else None,
        "corners_deg": sky.corners(facts, shape.nx, shape.ny),
        "peak": _number(np.nanmax(reduced.channel_peak)) if np.isfinite(reduced.channel_peak).any() else None,
    }


def _spectra(reduced, ghz, facts) -> dict[str, Any]:
    """Frequencies in GHz of the centres of the channels; null is no value."""
    return {
        "frame": facts.get("frame") or None,
        "restfreq_ghz": _number((facts.get("restfreq_hz") or math.nan) / 1e9),
        "frequency_ghz": None if ghz is None else ghz,
        "peak_by_channel": reduced.channel_peak.astype(np.float32),
        "mean_by_channel": reduced.channel_mean.astype(np.float32),
    }


def _number(value) -> float | None:
    return float(value) if math.isfinite(value) else None
