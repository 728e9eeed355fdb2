"""The directories that every delivered tar repeats: project, science goal, group and member set.

`2017.1.01185.S/science_goal.uid___*/group.uid___*/member.uid___*/product/...`; the science goal's uid is written
nowhere else.  Cycle 0 has `sg_ouss_id/group_ouss_id/member_ouss_2012-12-05_id`, a date and no uid.  Unpacking one tar
inside the tree of another repeats the prefix once more, and all of it is taken off.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from archive import codes, uids
from archive.errors import ArchiveError

_MODERN = re.compile(r"(science_goal|group|member)\.(.+)")
_OLD = re.compile(r"(sg|group|member)_ouss(?:_(.+))?_id")
_FIELDS = {"science_goal": "science_goal", "sg": "science_goal", "group": "group", "member": "mous"}


class ContradictionError(ArchiveError):
    status = 409
    code = "contradictory-uids"

    def __init__(self, where: str, what: str, first: str, second: str) -> None:
        super().__init__(
            f"{where} says that its {what} is {second}, but the delivery says {first}.",
            "Ingest the tars of one delivery as they came from the archive, without files of another.",
        )


@dataclass(frozen=True)
class Place:
    """Where in the project's structure a file belongs, as far as something has said it."""

    project: str | None = None
    science_goal: str | None = None
    group: str | None = None
    mous: str | None = None
    delivery_date: str | None = None  # Cycle 0 only

    def merged(self, other: "Place", where: str) -> "Place":
        """Both together; `where` names the file that says `other`."""
        if other in (self, NOWHERE):
            return self
        known = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if mine and theirs and mine != theirs:
                raise ContradictionError(where, one.name.replace("_", " "), mine, theirs)
            known[one.name] = mine or theirs
        return Place(**known)


NOWHERE = Place()


def strip(parts: Sequence[str], where: str) -> tuple[Place, tuple[str, ...]]:
    """The place that leading directories name, and the parts below them."""
    place, rest = Place(), tuple(parts)
    while len(rest) > 1 and (named := _named(rest[0])) is not None:
        place, rest = place.merged(named, where), rest[1:]
    return place, rest


def of_directory(parts: Sequence[str], where: str) -> Place:
    """The place named by the last directories of a path."""
    place = Place()
    for part in reversed(parts):
        if (named := _named(part)) is None:
            break
        place = place.merged(named, where)
    return place


@functools.lru_cache(maxsize=1024)  # the files of a package repeat the same few directories
def _named(part: str) -> Place | None:
    if part in ("", "."):
        return Place()
    if codes.is_code(part):
        return Place(project=part)
    match = _MODERN.fullmatch(part) or _OLD.fullmatch(part)
    if not match:
        return None
    return _with_name(_FIELDS[match[1]], match[2] or "")


def _with_name(field: str, name: str) -> Place | None:
    if uids.is_uid(name):
        return replace(Place(), **{field: uids.canonical(name)})
    if re.fullmatch(r"\d{4}-\d\d-\d\d", name):
        return Place(delivery_date=name)
    return Place() if name.strip("_").lower() in ("", "ouss_id", "ous_id") else None
