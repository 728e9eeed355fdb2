"""The packages of bench/ingest.py: a few large files, and many small ones, as a directory that was unpacked.

A package is taken in once, so each round has a MOUS of its own: the same files, linked under its names.
"""

import os
from pathlib import Path

import numpy as np

from bench import drawn_cube

PROJECT = "2023.1.00987.S"
MIB = 2**20
ACROSS = 1024


def large(place: Path, files: int, mebibytes: int) -> Path:
    """Cubes, and a third of the files without any form that could be looked into."""
    place.mkdir()
    for number in range(files):
        if number % 3 == 2:
            _noise(place / f"session_{number}.caltables.tgz", mebibytes)
        else:
            across = ACROSS if mebibytes > 64 else ACROSS // 8
            name = f"Source_{number}_sci.spw25.cube.I.pbcor.fits"
            drawn_cube.write(place / name, across, mebibytes * MIB // (4 * across**2))
    return place


def small(place: Path, files: int) -> Path:
    """Images of some 20 kB, each of another source."""
    place.mkdir()
    random = np.random.default_rng(5)
    header = drawn_cube.header(32, 1)
    for number in range(2610 // 36):
        header.add_history(f"2022-12-19T20:14:14 INFO SRCCODE='::tclean' parameter {number} = 0.1arcsec")
    for number in range(files):
        header["OBJECT"], header["CRVAL1"] = f"Source_{number}", number * 360 / files
        pixels = random.standard_normal((32, 32), np.float32).astype(">f4").tobytes()
        body = header.tostring().encode() + pixels
        name = f"Source_{number}_sci.spw25_27_29_31.cont.I.pbcor.fits"
        (place / name).write_bytes(body + bytes(-len(body) % 2880))
    return place


def renamed(source: Path, place: Path) -> Path:
    """The same files as products that came by themselves, of sources that no package has."""
    place.mkdir()
    for path in source.iterdir():
        os.link(path, place / f"Other{path.name}")
    return place


def linked(source: Path, place: Path, number: int) -> Path:
    """The files of `source` as the package of MOUS `number`."""
    mous = f"uid___A001_X1234_X{number:x}"
    member = place / PROJECT / f"science_goal.uid___A001_X1234_Xa{number:x}"
    member = member / f"group.uid___A001_X1234_Xb{number:x}" / f"member.{mous}"
    for path in sorted(source.iterdir()):
        directory = member / ("product" if path.suffix == ".fits" else "calibration")
        directory.mkdir(parents=True, exist_ok=True)
        os.link(path, directory / f"member.{mous}.{path.name}")
    return place / PROJECT


def _noise(path: Path, mebibytes: int) -> None:
    random = np.random.default_rng(6)
    with path.open("wb") as file:
        for _ in range(mebibytes):
            file.write(random.bytes(MIB))
