"""Tars as the archive serves them: every one repeats the tree from the project code on.

Times and owners are set to fixed values, so that the same tree gives the same bytes (real packages carry the date of
repackaging).
"""

import gzip
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .tree import Tree

PACKED_AT = 1751328000  # 2025-07-01T00:00:00Z


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = PACKED_AT
    member.uid = member.gid = 0
    member.uname = member.gname = "almaproc"
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    archive.add(path, arcname=name, filter=_anonymous)


def tar_gz(out: Path, paths: list[Path]) -> None:
    """A .tgz with `paths` at its top."""
    with _zipped(out) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for path in paths:
            _add(archive, path, path.name)


def gz(source: Path, out: Path) -> None:
    with source.open("rb") as plain, _zipped(out) as zipped:
        shutil.copyfileobj(plain, zipped)


@contextmanager
def _zipped(out: Path) -> Iterator[gzip.GzipFile]:
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=PACKED_AT) as zipped:
        yield zipped


def pack(tree: Tree, out: Path) -> list[Path]:
    """Write the tars of one MOUS to `out`; the raw data first, as the largest."""
    member = tree.root / tree.member
    tars = []
    for asdm in sorted((member / "raw").glob("*.asdm.sdm")):
        tars.append(_tar(tree, out / f"{tree.code}_{asdm.name}.tar", [asdm]))
    stem = f"{tree.code}_{tree.mous}"
    tars.append(_tar(tree, out / f"{stem}_001_of_001.tar", [member / "product"]))
    auxiliary = [member / name for name in ("calibration", "log", "qa", "script")]
    tars.append(_tar(tree, out / f"{stem}_auxiliary.tar", auxiliary))
    readme = tree.named("README.txt")
    tars.append(_tar(tree, out / f"{readme}.tar", [member / readme]))
    return tars


def _tar(tree: Tree, out: Path, paths: list[Path]) -> Path:
    with tarfile.open(out, "w") as archive:
        for path in paths:
            _add(archive, path, str(path.relative_to(tree.root)))
    return out
