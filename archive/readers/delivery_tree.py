"""The files of a delivery, from tars as they came or from directories where they were unpacked.

Every file is known by its path below the member directory ("calibration/..."), by the place that the directories above
it name, and by where its bytes lie; nothing is unpacked.  The many files of one ASDM are one thing, `AsdmTree`.
"""

import io
import os
import re
import stat
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
from archive.readers.tar_entries import DEFAULT_LIMITS, Limits, TooLargeError, UnsafeMemberError, entries, safe_parts
from archive.readers.tree_prefix import NOWHERE, ContradictionError, Place

DIRECTORIES = ("calibrated", "calibration", "external", "log", "product", "qa", "raw", "script")
_ASDM = re.compile(r"(uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+)([._]asdm\.sdm)?", re.IGNORECASE)
Paths = str | os.PathLike | Iterable["Paths"]


class NoDeliveryError(ArchiveError):
    code = "no-delivery"


class _Slice(io.RawIOBase):
    """The bytes of one member within its tar."""

    def __init__(self, path: Path, offset: int, size: int) -> None:
        self._file, self._left = path.open("rb", buffering=0), size
        self._file.seek(offset)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self._file.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


@dataclass(frozen=True)
class Member:
    path: str
    size: int
    place: Place
    origin: Path  # the tar or directory that was given
    file: Path  # where the bytes lie: the tar, or the file itself
    offset: int | None = None  # within the tar
    stamp: str = ""  # of the file where the bytes lie; another one after each change

    @property
    def identity(self) -> str:
        """What tells these bytes from any others, as far as that is known without reading them."""
        return f"{os.path.abspath(self.file)}:{self.offset}:{self.stamp}" if self.stamp else ""

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
        if self.offset is not None:
            return io.BufferedReader(_Slice(self.file, self.offset, self.size), 1 << 20)
        return os.fdopen(os.open(self.file, os.O_RDONLY | os.O_NOFOLLOW), "rb")

    def read(self) -> bytes:
        with self.open() as stream:
            return stream.read()


@dataclass(frozen=True)
class AsdmTree:
    """The raw data of one execution block."""

    uid: str
    place: Place
    origin: Path
    members: dict[str, Member] = field(repr=False)  # "Main.xml", "ASDMBinary/uid___..." -> member
    container: Path | None = None  # the tar that holds this ASDM and nothing else, as delivered

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members.values())

    def open_table(self, name: str) -> BinaryIO:
        return self.members[name].open()


@dataclass(frozen=True)
class Container:
    path: Path
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
    for path in _flat(paths):
        found = _directory(path, containers, limits) if path.is_dir() else _tar(path, containers, limits)
        for member in found:
            members.append(member)
            if len(members) > limits.members:
                raise TooLargeError(path.name, f"brings the delivery to more than {limits.members} files")
    if sum(member.size for member in members) > limits.size:
        raise TooLargeError("The delivery", f"has more than {limits.size} bytes")
    return Contents(*_grouped(members, containers), tuple(containers))


def _flat(paths: Paths) -> Iterator[Path]:
    if not isinstance(paths, str | os.PathLike):
        for path in paths:
            yield from _flat(path)
        return
    path = Path(paths)
    if not path.exists():
        raise NoDeliveryError(f"{path} does not exist.", "Give the tars or the directory of a delivery.")
    if not path.is_dir() and path.suffix != ".tar":
        raise NoDeliveryError(f"{path.name} is no directory and no .tar.", "Give the tars as they were delivered.")
    yield path


def _tar(path: Path, containers: list[Container], limits: Limits, above: Place = NOWHERE) -> Iterator[Member]:
    name = container_name.parse(path.name)
    mous = name.uid if name.kind in ("product", "auxiliary", "readme") else None
    place = above.merged(Place(project=name.project, mous=mous, delivery_date=name.date), path.name)
    stamp = stamp_of(path.stat())
    known: dict[tuple[str, ...], tuple[Place, int]] = {}  # directories -> their place, how many of them are prefix
    for entry in entries(path, limits):
        directories = entry.parts[:-1]
        if directories not in known:
            where = f"{'/'.join(entry.parts)} in {path.name}"
            named, rest = tree_prefix.strip(entry.parts, where)
            known[directories] = place.merged(named, where), len(entry.parts) - len(rest)
        here, prefix = known[directories]
        yield Member("/".join(entry.parts[prefix:]), entry.size, here, path, path, entry.offset, stamp)
    containers.append(Container(path, name, place))


def _directory(root: Path, containers: list[Container], limits: Limits) -> Iterator[Member]:
    above = tree_prefix.of_directory(root.resolve().parts, str(root))
    inside_role = root.resolve().name if above == NOWHERE else ""
    if inside_role in DIRECTORIES:
        above = tree_prefix.of_directory(root.resolve().parent.parts, str(root))
    else:
        inside_role = ""
    for file, status in _files(root):
        parts = safe_parts(file.relative_to(root).as_posix(), str(root), limits)
        named, rest = tree_prefix.strip(parts, str(file))
        rest = (inside_role, *rest) if inside_role else rest
        place = above.merged(named, str(file))
        if file.suffix == ".tar" and rest[0] in (file.name, "raw"):
            yield from _tar(file, containers, limits, place)
        elif named != NOWHERE or _delivered(rest):
            yield Member("/".join(rest), status.st_size, place, root, file, stamp=stamp_of(status))


def _delivered(rest: tuple[str, ...]) -> bool:
    """Whether a file outside any tree is of the delivery; what else lies beside the tars is somebody's own."""
    return rest[0] in DIRECTORIES if len(rest) > 1 else roles.role_of(rest[0]) != roles.OTHER


def stamp_of(status: os.stat_result) -> str:
    """Another one after each change of a file that its file system notices."""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def _files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for directory, names, files in os.walk(root):
        names.sort()
        for name in (*names, *sorted(files)):
            path = Path(directory, name)
            status = path.lstat()
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                raise UnsafeMemberError(str(root), str(path.relative_to(root)), "is a link or a device")
            if stat.S_ISREG(status.st_mode):
                yield path, status


def _grouped(members: list[Member], containers: list[Container]) -> tuple[tuple[Member, ...], tuple[AsdmTree, ...]]:
    plain: list[Member] = []
    trees: dict[tuple[str, Path], dict[str, Member]] = defaultdict(dict)
    held: dict[Path, set[str]] = defaultdict(set)
    for member in members:
        uid, inside = _asdm_part(member)
        held[member.file].add(uid or "")
        if uid:
            trees[uid, member.file if member.offset is not None else member.origin][inside] = member
        else:
            plain.append(member)
    named = {container.path: container.name for container in containers}
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


def _tree(uid: str, origin: Path, found: dict[str, Member], *, alone: bool, name: ContainerName | None) -> AsdmTree:
    if name and name.kind == "raw" and name.uid != uid:
        raise ContradictionError(origin.name, "execution block", uid, str(name.uid))
    place = Place()
    for member in found.values():
        place = place.merged(member.place, f"{member.path} in {origin.name}")
    return AsdmTree(uid, place, origin, found, origin if name and alone else None)
