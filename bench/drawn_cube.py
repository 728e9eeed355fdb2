"""A cube like those of the archive, drawn a plane at a time and the same each time; and the facts of it."""

from pathlib import Path

import numpy as np
from astropy.io import fits

from products.store import open_store

FIRST_HZ, WIDTH_HZ = 230.5e9, 0.5e6


def header(across, channels):
    made = fits.Header()
    made["SIMPLE"], made["BITPIX"], made["NAXIS"] = True, -32, 4
    for axis, length in enumerate((across, across, channels, 1), start=1):
        made[f"NAXIS{axis}"] = length
    middle, step = across / 2, 0.05 / 3600
    axes = (
        ("RA---SIN", 40.26999, middle, -step, "deg"),
        ("DEC--SIN", -8.25576, middle, step, "deg"),
        ("FREQ", FIRST_HZ, 1.0, WIDTH_HZ, "Hz"),
        ("STOKES", 1.0, 1.0, 1.0, ""),
    )
    for axis, card in enumerate(axes, start=1):
        for name, value in zip(("CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT"), card, strict=True):
            made[f"{name}{axis}"] = value
    made["BUNIT"], made["OBJECT"], made["RESTFRQ"], made["SPECSYS"] = "Jy/beam", "NGC1052", 230.538e9, "LSRK"
    made["BMAJ"], made["BMIN"], made["BPA"], made["RADESYS"] = 0.4 / 3600, 0.3 / 3600, 40.0, "ICRS"
    return made


def facts(path: Path) -> dict:
    """As ingestion keeps them (products/fits)."""
    with fits.open(path) as hdus:
        told, offset = hdus[0].header, hdus[0].fileinfo()["datLoc"]
    numbers = range(1, told["NAXIS"] + 1)
    shape = [told[f"NAXIS{axis}"] for axis in numbers]
    wcs = {name.lower(): [told[f"{name}{axis}"] for axis in numbers] for name in ("CTYPE", "CRVAL", "CRPIX", "CDELT")}
    return {
        "shape": shape,
        "bitpix": told["BITPIX"],
        "data_offset": offset,
        "unit": told["BUNIT"],
        "object": told["OBJECT"],
        "restfreq_hz": told["RESTFRQ"],
        "frame": told["SPECSYS"],
        "beam": {"major_arcsec": 0.4, "minor_arcsec": 0.3, "angle_deg": 40.0},
        "spectral": {"ctype": "FREQ", "unit": "Hz", "first": FIRST_HZ, "width": WIDTH_HZ, "nchan": shape[2]},
        "wcs": wcs | {"radesys": told["RADESYS"]},
    }


def write(path: Path, across: int, channels: int) -> None:
    random = np.random.default_rng(20)
    y, x = np.mgrid[:across, :across]
    outside = np.hypot(x - across / 2, y - across / 2) > 0.48 * across
    source = np.exp(-((x - 0.6 * across) ** 2 + (y - 0.55 * across) ** 2) / across).astype(np.float32)
    with path.open("wb") as file:
        file.write(header(across, channels).tostring().encode())
        for channel in range(channels):
            plane = random.standard_normal((across, across), np.float32) * np.float32(1e-3)
            plane += source * np.float32(0.05 * np.exp(-(((channel - channels / 2) / 20) ** 2)))
            plane[outside] = np.nan
            file.write(plane.astype(">f4").tobytes())
        file.write(bytes(-file.tell() % 2880))


def store(path: Path) -> str:
    doors = open_store()
    with path.open("rb") as file:
        return doors.put(doors.new_key(path.name), file, size=path.stat().st_size).key
