"""The name of a delivered tar: which project and set it is for, and which part of the package it holds.

`<project>_<mous>_001_of_002.tar` products, `<project>_<mous>_auxiliary.tar` calibration, scripts and reports,
`<project>_<eb>.asdm.sdm.tar` (documents print `_asdm.sdm.tar`) one execution block, `member.<mous>.README.txt.tar`.
Cycle 0 has a date where the uid would be.
"""

import re
from dataclasses import dataclass

from archive import codes, uids

_UID = r"(?P<uid>uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+)"
_FORMS = {
    "raw": re.compile(rf"(?:(?P<project>[^_]+)_)?{_UID}[._]asdm\.sdm\.tar", re.IGNORECASE),
    "auxiliary": re.compile(rf"(?P<project>[^_]+)_{_UID}_auxiliary\.tar", re.IGNORECASE),
    "product": re.compile(rf"(?P<project>[^_]+)_{_UID}_(?P<part>\d+)_of_(?P<parts>\d+)\.tar", re.IGNORECASE),
    "readme": re.compile(rf"member[._]{_UID}[._]README\.txt(?:\.tar)?", re.IGNORECASE),
    "cycle0": re.compile(
        r"(?P<project>[^_]+)_(?P<date>\d{4}-\d\d-\d\d)_(?P<part>\d+)_of_(?P<parts>\d+)\.tar", re.IGNORECASE
    ),
}


@dataclass(frozen=True)
class ContainerName:
    kind: str  # "product", "auxiliary", "raw", "readme", "cycle0", "other"
    project: str | None = None
    uid: str | None = None  # the MOUS, or for "raw" the execution block
    part: int | None = None
    parts: int | None = None
    date: str | None = None  # Cycle 0


def parse(name: str) -> ContainerName:
    for kind, form in _FORMS.items():
        if match := form.fullmatch(name):
            return _named(kind, match.groupdict())
    return ContainerName("other", project=codes.found_in(name))


def _named(kind: str, found: dict[str, str | None]) -> ContainerName:
    project, uid, part, parts = (found.get(key) for key in ("project", "uid", "part", "parts"))
    return ContainerName(
        kind=kind,
        project=project if project and codes.is_code(project) else None,
        uid=uids.canonical(uid) if uid else None,
        part=int(part) if part else None,
        parts=int(parts) if parts else None,
        date=found.get("date"),
    )
