"""The package of bench/ingest_under_kills.py: two dozen small files and one of several parts, new for each round.

A package is a MOUS that nobody has seen, or a re-delivery of the last one with some of its files changed.
"""

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import drawn_cube

PROJECT = "2023.1.00988.S"
SMALL, MANY_PARTS = 24, 1
PART_BYTES = 5 * 2**20  # the least that S3 takes
CHANGED = 5


@dataclass(frozen=True)
class Package:
    path: Path
    uid: str
    sums: dict[tuple[str, str], str]  # SHA-256 by directory and name
    is_again: bool


def package(place: Path, number: int) -> Package:
    """Number `number`; every third one is the MOUS before with other bytes in some of its files."""
    again = number % 3 == 2
    mous = number - again
    name = f"uid___A001_X4321_X{mous:x}"
    files = {path: _changed(content, number) if again and index % 7 == 0 else content
             for index, (path, content) in enumerate(_files(name, mous).items())}  # fmt: skip
    path = place / f"{PROJECT}_{name}_{number}.tar"
    prefix = f"{PROJECT}/science_goal.uid___A001_X4321_X1a/group.uid___A001_X4321_X1b/member.{name}"
    with tarfile.open(path, "w") as packed:
        for inside, content in files.items():
            info = tarfile.TarInfo(f"{prefix}/{inside}")
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    sums = {tuple(inside.split("/")): hashlib.sha256(content).hexdigest() for inside, content in files.items()}
    return Package(path, f"uid://A001/X4321/X{mous:x}", sums, again)


def _files(name, mous):
    random = np.random.default_rng(mous)
    header = drawn_cube.header(16, 1).tostring().encode()
    files = {}
    for source in range(SMALL):
        body = header + random.standard_normal((16, 16), np.float32).astype(">f4").tobytes()
        files[f"product/member.{name}.S{source}_sci.spw25.cont.I.pbcor.fits"] = body + bytes(-len(body) % 2880)
    for number in range(MANY_PARTS):
        block = f"uid___A002_X4321{mous:x}_X{number:x}"
        files[f"calibration/{block}.ms.flagversions.tgz"] = random.bytes(PART_BYTES + 2**20 + 4321)
    return files


def _changed(content, number):
    return content[:-8] + number.to_bytes(8, "big")
