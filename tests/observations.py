"""Plausible, fixed rows of the index.  The row's copies are those of its MOUS, as every inserter must write them.

`observation(mous)` is one source in one spectral window at NGC 1052; a test changes what it is about.
"""

import hashlib
import math

import numpy as np

from archive import index_codes, regions, sky, tallies, target_names
from archive.models import NEVER, AnnouncedBlock, Footprint, Observation, Setup, TargetName

NGC1052 = (40.26999, -8.25576)
FIELD_RAD = math.radians(12.8 / 3600)  # half of the 12 m primary beam at 230.5 GHz
SUPPORT = "[230.48..230.60GHz,976.56kHz,3.2mJy/beam@10km/s,110uJy/beam@native, XX YY]"


def observation(mous=None, target="NGC1052", *, gous=None, at=NGC1052, bound_rad=FIELD_RAD, region=None, **changes):
    """A row of `mous`, or with `gous` of the group alone.  `at` is (ra, dec) in degrees, or None; `block` may be a uid;
    `region` is an STC-S text where the footprint is more than a circle."""
    facts = _of_whom(mous, gous or mous.gous) | _place(at, bound_rad) | _spectrum() | _quality()
    if region:
        facts |= _footprint(region, at)
    if isinstance(changes.get("block"), str):
        changes["block"] = AnnouncedBlock.objects.get_or_create(uid=changes["block"], defaults={"mous": mous})[0]
    facts |= {"name": name(target), "setup": setup(), "spw": 25, "origin": Observation.Origin.OBSCORE} | changes
    block = facts.get("block") and facts["block"].uid
    facts.setdefault("row_key", _hash(mous and mous.uid, facts["gous"].uid, target, facts["spw"], block))
    made = Observation.objects.create(fingerprint=facts["row_key"], **facts)
    tallies.recount([mous.pk] if mous else [], [] if mous else [facts["gous"].pk])
    return made


def name(text):
    return TargetName.objects.get_or_create(name=text, defaults={"key": target_names.fold(text)})[0]


def setup(frequency_support=SUPPORT, scan_intent="TARGET", antenna_arrays="A001:DA41 A002:DV01"):
    texts = {"frequency_support": frequency_support, "scan_intent": scan_intent, "antenna_arrays": antenna_arrays}
    return Setup.objects.get_or_create(digest=_digest(*texts.values()), defaults=texts)[0]


def _of_whom(mous, gous):
    calibration = mous and mous.calibration
    return {
        "project": gous.project,
        "gous": gous,
        "mous": mous,
        "code_order": _code_order(gous.project),
        "release_at": mous.release_at if mous and not mous.recalled_at else NEVER,
        "confidential": gous.project.confidential,
        "qa2": index_codes.QA2.index(mous.qa2_state) if mous else 0,
        "array": index_codes.ARRAYS.get(mous.array, 0) if mous else 0,
        "calibration": index_codes.CALIBRATIONS.index(calibration.kind) if calibration else 0,
        "calib_level": 2 if mous else 3,
    }


def _code_order(project):
    project.refresh_from_db(fields=["code_order"])
    return project.code_order


def _place(at, bound_rad):
    if at is None:
        return {}
    ra, dec = np.array([at[0]], float), np.array([at[1]], float)
    x, y, z = sky.vectors(ra, dec)[0]
    return {
        "ra_deg": at[0],
        "dec_deg": at[1],
        "x": float(x),
        "y": float(y),
        "z": float(z),
        "hpx": int(sky.pixels(ra, dec)[0]),
        "bound_rad": bound_rad,
        "size_class": int(sky.size_class(np.array([bound_rad]))[0]),
        "fov_deg": 2 * math.degrees(bound_rad),
    }


def _footprint(text, at):
    region = regions.parse(text)
    kept = {"region": text, "shape": region.shape()}
    footprint, _ = Footprint.objects.get_or_create(digest=_digest(text), defaults=kept)
    return _place(at, region.bound_rad(*at)) | {"footprint": footprint}


def _spectrum():
    return {
        "low_hz": 230_475_500_000.0,
        "high_hz": 230_600_500_000.0,
        "frequency_hz": 230_538_000_000.0,
        "channel_width_hz": 976_562.5,
        "velocity_resolution_ms": 1270.0,
        "bandwidth_hz": 125_000_000.0,
        "channels": 128,
        "bands": index_codes.band_bits([6]),
        "resolving_power": 236_000.0,
    }


def _quality():
    return {
        "resolution_arcsec": 0.8,
        "largest_scale_arcsec": 9.0,
        "sensitivity_10kms_mjy": 3.2,
        "continuum_sensitivity_mjy": 0.11,
        "pwv_mm": 1.1,
        "polarisations": index_codes.bits(["XX", "YY"], index_codes.POLARISATIONS),
        "intents": index_codes.bits(["TARGET"], index_codes.INTENTS),
        "product_type": 1,
        "qa2_passed": True,
        "t_min_mjd": 60222.21,
        "t_max_mjd": 60222.26,
        "exposure_s": 2400.0,
    }


def _digest(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


def _hash(*identity):
    return int.from_bytes(hashlib.sha256(repr(identity).encode()).digest()[:8], "big", signed=True)
