"""Unpacking what came from outside: plain files and directories only, inside the given directory, within limits.

Delivered tars repeat the tree `project/science_goal.*/.../raw/` in front of every member, so what is looked for is
found by its own name and only that part is written, without the tree (FACTS 3.1).
"""

import gzip
import pathlib
import shutil
import tarfile
import zlib
from collections.abc import Iterator

from restores.casa.failures import Failure

MAX_MEMBERS = 500_000
COPY_BYTES = 1024**2
# the last three: a name that is a file in one member and a directory in another
BROKEN = (
    tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, FileExistsError, NotADirectoryError, IsADirectoryError,
)  # fmt: skip
RESERVE_BYTES = 256 * 1024**2  # never fill the scratch disk to the last byte: other jobs write there too


def unpack(archive: pathlib.Path, into: pathlib.Path, *, only: str | None = None, limit: int | None = None) -> int:
    """Write the members of `archive` below `into`; `only` names a directory, wherever in the tree.  Returns a count."""
    if not archive.is_file():
        raise _refused(archive, "it is not there")
    into.mkdir(parents=True, exist_ok=True)
    limit = limit if limit is not None else max(shutil.disk_usage(into).free - RESERVE_BYTES, 0)
    try:
        with tarfile.open(archive) as tar:
            return _write(tar, into, only=only, limit=limit)
    except BROKEN as error:
        raise _refused(archive, f"it cannot be unpacked ({error})") from error


def _write(tar: tarfile.TarFile, into: pathlib.Path, *, only: str | None, limit: int) -> int:
    archive, written, count = pathlib.Path(str(tar.name)), 0, 0
    for member, name in _wanted(tar, archive, only):
        written += member.size
        if written > limit:
            raise _refused(archive, f"unpacked it is larger than the {limit / 1e9:.1f} GB allowed here")
        _write_member(tar, member, into / name)
        count += 1
    if not count:
        raise _refused(archive, f"it holds no {only}/" if only else "it is empty")
    return count


def _write_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: pathlib.Path) -> None:
    """By hand, for the Python 3.11 of Debian 12 has no extraction filters; neither owner nor mode is taken over."""
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name} has no content")
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file, COPY_BYTES)


def _wanted(tar: tarfile.TarFile, archive: pathlib.Path, only: str | None) -> Iterator[tuple[tarfile.TarInfo, str]]:
    """The members to write, each with the name it gets."""
    for number, member in enumerate(tar, start=1):
        if number > MAX_MEMBERS:
            raise _refused(archive, f"it has more than {MAX_MEMBERS} members")
        _require_plain(member, archive)
        name = _below(member.name, only)
        if name:
            yield member, name


def _require_plain(member: tarfile.TarInfo, archive: pathlib.Path) -> None:
    path = pathlib.PurePosixPath(member.name)
    if not (member.isreg() or member.isdir()):
        raise _refused(archive, f"its member {member.name} is a link or a device")
    if path.is_absolute() or ".." in path.parts:
        raise _refused(archive, f"its member {member.name} leads out of the directory")


def _below(name: str, only: str | None) -> str | None:
    """`a/b/raw/uid.asdm.sdm/Main.xml` looked for as `uid.asdm.sdm` is `uid.asdm.sdm/Main.xml`."""
    parts = pathlib.PurePosixPath(name).parts
    if only is None:
        return "/".join(parts)
    return "/".join(parts[parts.index(only) :]) if only in parts else None


def _refused(archive: pathlib.Path, why: str) -> Failure:
    return Failure(
        "bad-input",
        f"The delivered file {archive.name} is refused: {why}.",
        "Ask the helpdesk to compare the stored delivery with the observatory's copy.",
    )
