"""The files of a delivery, from tars as they came or from directories where they were unpacked.

Every file is known by its path below the member directory ("calibration/..."), by the place that the directories above
it name, and by where its bytes lie; nothing is unpacked.  The many files of one ASDM are one thing, `AsdmTree`.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from archive import roles, uids
from archive.errors import ArchiveError
from archive.readers import container_name, tree_prefix
from archive.readers.container_name import ContainerName
from archive.readers.origins import File, Origin, Tree, local
from archive.readers.refusals import TooLargeError
from archive.readers.tar_entries import DEFAULT_LIMITS, Limits, entries, safe_parts
from archive.readers.tree_prefix import NOWHERE, ContradictionError, Place

DIRECTORIES = ("calibrated", "calibration", "external", "log", "product", "qa", "raw", "script")
_ASDM = re.compile(r"(uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+)([._]asdm\.sdm)?", re.IGNORECASE)
Paths = str | os.PathLike | Tree | File | Iterable["Paths"]


class NoDeliveryError(ArchiveError):
    code = "no-delivery"


@dataclass(frozen=True)
class Member:
    path: str
    size: int
    place: Place
    origin: Origin  # the tar or directory that was given
    file: File  # where the bytes lie: the tar, or the file itself
    offset: int | None = None  # within the tar

    @property
    def identity(self) -> str:
        """What tells these bytes from any others, as far as that is known without reading them."""
        return f"{self.offset}:{self.file.identity}" if self.file.identity else ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def directory(self) -> str:
        """The first directory below the member directory: product, calibration, qa, script, log, raw."""
        return self.path.partition("/")[0] if "/" in self.path else ""

    @cached_property
    def role(self) -> str:
        return roles.role_of(self.path)

    def open(self) -> BinaryIO:
        return self.file.open() if self.offset is None else self.file.open(self.offset, self.size)

    def read(self) -> bytes:
        with self.open() as stream:
            return stream.read()


@dataclass(frozen=True)
class AsdmTree:
    """The raw data of one execution block."""

    uid: str
    place: Place
    origin: Origin
    members: dict[str, Member] = field(repr=False)  # "Main.xml", "ASDMBinary/uid___..." -> member
    container: File | None = None  # the tar that holds this ASDM and nothing else, as delivered

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members.values())

    def open_table(self, name: str) -> BinaryIO:
        return self.members[name].open()


@dataclass(frozen=True)
class Container:
    path: File
    name: ContainerName
    place: Place


@dataclass(frozen=True)
class Contents:
    members: tuple[Member, ...]
    asdms: tuple[AsdmTree, ...]
    containers: tuple[Container, ...]


def walk(paths: Paths, limits: Limits = DEFAULT_LIMITS) -> Contents:
    """Everything in the given tars and directories; refused whole when anything in them is not as it should be."""
    members: list[Member] = []
    containers: list[Container] = []
    for origin in flat(paths):
        if isinstance(origin, Tree):
            found = _directory(origin, containers, limits)
        elif origin.name.endswith(".tar"):
            found = of_tar(origin, containers, limits)
        else:
            raise NoDeliveryError(
                f"{origin.name} is no directory and no .tar.", "Give the tars as they were delivered."
            )
        members += counted(found, limits, already=len(members))
    require_size(members, limits)
    return Contents(*_grouped(members, containers), tuple(containers))


def flat(paths: Paths) -> Iterator[Origin]:
    """What was given, one by one."""
    if isinstance(paths, str | os.PathLike):
        if not Path(paths).exists():
            raise NoDeliveryError(f"{paths} does not exist.", "Give the tars or the directory of a delivery.")
        yield local(Path(paths))
    elif isinstance(paths, Iterable):
        for each in paths:
            yield from flat(each)
    else:
        yield paths


def counted(found: Iterable[Member], limits: Limits, *, already: int) -> Iterator[Member]:
    """`found`, as long as there are not too many beside those there are `already`."""
    for number, member in enumerate(found, already + 1):
        if number > limits.members:
            raise TooLargeError(member.origin.name, f"brings the delivery to more than {limits.members} files")
        yield member


def require_size(members: Iterable[Member], limits: Limits) -> None:
    if sum(member.size for member in members) > limits.size:
        raise TooLargeError("The delivery", f"has more than {limits.size} bytes")


def of_tar(file: File, containers: list[Container], limits: Limits, above: Place = NOWHERE) -> Iterator[Member]:
    """The files in a tar; one that is in it in turn is a file like any other, and is never opened."""
    name = container_name.parse(file.name)
    mous = name.uid if name.kind in ("product", "auxiliary", "readme") else None
    place = above.merged(Place(project=name.project, mous=mous, delivery_date=name.date), file.name)
    known: dict[tuple[str, ...], tuple[Place, int]] = {}  # directories -> their place, how many of them are prefix
    for entry in entries(file, limits):
        directories = entry.parts[:-1]
        if directories not in known:
            where = f"{'/'.join(entry.parts)} in {file.name}"
            named, rest = tree_prefix.strip(entry.parts, where)
            known[directories] = place.merged(named, where), len(entry.parts) - len(rest)
        here, prefix = known[directories]
        yield Member("/".join(entry.parts[prefix:]), entry.size, here, file, file, entry.offset)
    containers.append(Container(file, name, place))


def _directory(root: Tree, containers: list[Container], limits: Limits) -> Iterator[Member]:
    above, inside_role = root_place(root)
    for path, file in root.files():
        parts = safe_parts(path, str(root), limits)
        named, rest = tree_prefix.strip(parts, str(file))
        rest = (inside_role, *rest) if inside_role else rest
        place = above.merged(named, str(file))
        if file.name.endswith(".tar") and rest[0] in (file.name, "raw"):
            yield from of_tar(file, containers, limits, place)
        elif named != NOWHERE or _delivered(rest):
            yield Member("/".join(rest), file.size, place, root, file)


def root_place(root: Tree) -> tuple[Place, str]:
    """The place that the directories above say, and the directory of the member tree that this one is, if any."""
    above = tree_prefix.of_directory(root.parts, str(root))
    inside = root.parts[-1] if root.parts and above == NOWHERE else ""
    if inside not in DIRECTORIES:
        return above, ""
    return tree_prefix.of_directory(root.parts[:-1], str(root)), inside


def _delivered(rest: tuple[str, ...]) -> bool:
    """Whether a file outside any tree is of the delivery; what else lies beside the tars is somebody's own."""
    return rest[0] in DIRECTORIES if len(rest) > 1 else roles.role_of(rest[0]) != roles.OTHER


def _grouped(members: list[Member], containers: list[Container]) -> tuple[tuple[Member, ...], tuple[AsdmTree, ...]]:
    plain: list[Member] = []
    trees: dict[tuple[str, Origin], dict[str, Member]] = defaultdict(dict)
    held: dict[Origin, set[str]] = defaultdict(set)
    for member in members:
        uid, inside = _asdm_part(member)
        held[member.file].add(uid or "")
        if uid:
            trees[uid, member.file if member.offset is not None else member.origin][inside] = member
        else:
            plain.append(member)
    named: dict[Origin, ContainerName] = {container.path: container.name for container in containers}
    return tuple(plain), tuple(
        _tree(uid, origin, found, alone=held[origin] == {uid}, name=named.get(origin))
        for (uid, origin), found in trees.items()
    )


def _asdm_part(member: Member) -> tuple[str | None, str]:
    parts = member.path.split("/")
    for number, part in enumerate(parts[:-1]):
        match = _ASDM.fullmatch(part)
        if match and (match[2] or parts[0] == "raw"):
            return uids.canonical(match[1]), "/".join(parts[number + 1 :])
    return None, ""


def _tree(uid: str, origin: Origin, found: dict[str, Member], *, alone: bool, name: ContainerName | None) -> AsdmTree:
    if name and name.kind == "raw" and name.uid != uid:
        raise ContradictionError(origin.name, "execution block", uid, str(name.uid))
    place = Place()
    for member in found.values():
        place = place.merged(member.place, f"{member.path} in {origin.name}")
    whole = None if isinstance(origin, Tree) or not (name and alone) else origin
    return AsdmTree(uid, place, origin, found, whole)
