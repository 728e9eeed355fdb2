"""Names of files on this disk.  The archive's names are not believed: none leads out of the directory."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

MOST_BYTES = 240  # of 255, which file systems take
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
OURS = "SHA256SUMS"


def safe(name: str) -> str:
    """One name without directories; never empty, never hidden, never one of ours or of a device."""
    plain = _UNSAFE.sub("_", name).lstrip(".") or "product"
    if _DEVICES.fullmatch(plain) or plain.upper() == OURS:
        plain = "_" + plain
    if len(plain) <= MOST_BYTES:
        return plain
    suffixes = "".join(PurePosixPath(plain).suffixes[-2:])[-40:]
    return plain[: MOST_BYTES - len(suffixes)] + suffixes


def safe_path(*parts: str) -> PurePosixPath:
    """A relative path below the directory, from names and paths that may hold anything."""
    steps = [step for part in parts for step in re.split(r"[/\\]", part) if step.strip(". ")]
    return PurePosixPath(*map(safe, steps)) if steps else PurePosixPath("product")


def part_of(name: str, sha256: str) -> str:
    """Where bytes wait until they are all there: parts of different versions never meet in one file."""
    return f"{name[: MOST_BYTES - 18]}.{sha256[:12]}.part"


def apart(paths: list[tuple[PurePosixPath, str]]) -> list[PurePosixPath]:
    """The paths, with a piece of the id in those that would meet, also where upper and lower case are the same.

    A file and a directory of one name meet, too.
    """
    seen = {str(above).lower() for path, _ in paths for above in path.parents}
    told = []
    for path, key in paths:
        meets = str(path).lower() in seen
        own = path.with_name(f"{safe(key)[:8]}_{path.name}"[:MOST_BYTES]) if meets else path
        seen.add(str(own).lower())
        told.append(own)
    return told


def shown(text: object) -> str:
    """Words of the archive as a terminal may have them: nothing in them moves the cursor."""
    return "".join(each if each.isprintable() else "?" for each in str(text))
