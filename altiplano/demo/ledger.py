"""What the demo made and how long each stage took: `var/demo.json`, written anew after every stage.

The file holds passwords and tokens of demo accounts: only its owner may read it.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path


class Ledger:
    """The contents of `var/demo.json`.  A second run keeps the times of the stages it did not repeat."""

    def __init__(self, path: Path):
        self.path = path
        self.facts: dict = json.loads(path.read_text()) if path.exists() else {}
        self.facts.setdefault("stages", {})

    def note(self, **facts) -> None:
        self.facts |= facts
        self._write()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, the first time that it is done to its end."""
        began = time.monotonic()
        yield
        self.facts["stages"].setdefault(name, round(time.monotonic() - began, 2))
        self._write()

    def _write(self) -> None:
        draft = self.path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.facts, file, indent=1, default=str)
        draft.replace(self.path)
