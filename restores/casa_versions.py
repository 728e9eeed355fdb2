"""Which CASA restores a delivery: the one that calibrated it where we have it, else the nearest later one, never older.

The rule is FACTS 4.3.  A runtime is a directory `<version>` below `settings.CASA_DIR` with its own `bin/python`;
`6.6.1-17` and `6.6.1.17` are one version, and versions are compared as numbers: 6.11.4 is later than 6.5.2.
"""

import os

from django.conf import settings

from archive import versions

OLDEST = (5, 1, 1)  # earlier manifests do not name the calibration products apart (FACTS 4.3)
# Deliveries of 5.1.1 import differently in every later CASA: only the operations build restores them.
CYCLE_5 = (5, 1, 1, 5)


def normalise(text: str) -> str:
    """`6.6.1.17` from `6.6.1-17`; empty where no version is written."""
    return ".".join(str(number) for number in versions.parse(text) or ())


def can_restore(delivered: str) -> bool:
    """Whether a delivery made with this CASA keeps what a restore needs."""
    version = versions.parse(delivered)
    return version is not None and version >= OLDEST


def installed() -> list[str]:
    """Versions of the runtimes found here, oldest first, as their directories are called."""
    if not settings.CASA_DIR.is_dir():
        return []
    found = [path.name for path in settings.CASA_DIR.iterdir() if os.access(path / "bin" / "python", os.X_OK)]
    return [name for _, name in sorted(_numbered(found).items())]


def choose(delivered: str, available: list[str]) -> str | None:
    """The runtime of `available` for data delivered with version `delivered`, or None where none may do it."""
    wanted = versions.parse(delivered)
    if wanted is None:
        return None
    numbered = _numbered(available)
    if wanted in numbered:
        return numbered[wanted]
    if wanted[:3] == CYCLE_5[:3]:
        return numbered.get(CYCLE_5)
    later = [version for version in numbered if version >= wanted]
    return numbered[min(later)] if later else None


def _numbered(names: list[str]) -> dict[versions.Version, str]:
    return {version: name for name in names if (version := versions.parse(name))}
