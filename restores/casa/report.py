"""What a job did: the stages with their times, warnings, facts and files.  Written last, by one rename.

A report without `error` is the promise that every output was checked, so nothing else may write one.
"""

import contextlib
import hashlib
import os
import pathlib
import time
from collections.abc import Iterator
from typing import Any

from restores.casa.failures import Failure
from restores.casa.progress import Progress, write_atomically


class Report:
    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.progress = Progress(directory / "progress.json")
        self.identity: dict[str, Any] = {}
        self.stages: list[dict[str, Any]] = []
        self.warnings: list[str] = []
        self.facts: dict[str, Any] = {}
        self.files: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.progress.begin(name)
        start = time.perf_counter()
        yield
        self.stages.append({"name": name, "seconds": round(time.perf_counter() - start, 3)})
        self.progress.end()

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def add_file(self, path: pathlib.Path, *, kind: str, virtual_spws: list[int], **about: Any) -> None:
        known = {"eb": None, "source": None, "layer": None, "mode": None, **about}
        digest = None if path.is_dir() else sha256(path)
        where = path.relative_to(self.directory).as_posix()
        self.files.append(
            {"path": where, "kind": kind, "virtual_spws": virtual_spws, "size": size(path), "sha256": digest, **known}
        )

    def write(self) -> None:
        done = {name: getattr(self, name) for name in ("stages", "warnings", "facts", "files")}
        write_atomically(self.directory / "report.json", {**self.identity, **done})

    def write_failure(self, failure: Failure) -> None:
        told = {"stages": self.stages, "warnings": self.warnings, "error": failure.as_error()}
        write_atomically(self.directory / "report.json", {**self.identity, **told})


def size(path: pathlib.Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(os.path.getsize(os.path.join(where, name)) for where, _, names in os.walk(path) for name in names)


def sha256(path: pathlib.Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
