"""How far a job is: `progress.json` with the running stage and the finished fraction, replaced atomically."""

import json
import os
import pathlib
from typing import Any


def write_atomically(path: pathlib.Path, content: dict[str, Any]) -> None:
    """A reader of `path` sees the old content or the new, never a part; the bytes are on disk before the name is."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w") as out:
        json.dump(content, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


class Progress:
    """Counts finished stages against the number planned; an unplanned stage never makes the fraction pass 1."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.planned = 1
        self.finished = 0

    def begin(self, stage: str) -> None:
        self.planned = max(self.planned, self.finished + 1)
        write_atomically(self.path, {"stage": stage, "fraction": round(self.finished / self.planned, 3)})

    def end(self) -> None:
        self.finished += 1
