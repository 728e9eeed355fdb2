"""Versions of CASA and of the pipeline, as numbers: `6.6.1-17` and `6.6.1.17` are the same, `6.11` is after `6.5`."""

import re

_VERSION = re.compile(r"\d+(?:[.-]\d+)+")

Version = tuple[int, ...]


def parse(text: str | None) -> Version | None:
    """(6, 6, 1, 17) from `6.6.1-17`, also with words around it; None where no version is written."""
    match = _VERSION.search(text or "")
    return tuple(int(number) for number in re.split("[.-]", match.group())) if match else None
