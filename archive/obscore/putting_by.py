"""Checked portions of a file until they are derived: the first in memory, which takes no time, others on the disk."""

import pickle
import tempfile
from pathlib import Path

from archive.errors import ArchiveError
from archive.obscore.checking import Checked

IN_MEMORY = 8  # portions, some 40 MB each


class NoRoomError(ArchiveError):
    status = 507
    code = "no-room"

    def __init__(self, place: str, why: OSError) -> None:
        super().__init__(
            f"Rows that are checked cannot be put by in {place} ({why.strerror}); nothing of them was loaded.",
            "Make room there, half as much as the file has, or name another directory in TMPDIR, and run this again.",
        )


class PutBy:
    def __init__(self) -> None:
        self._held: dict[int, Checked] = {}
        self._place = tempfile.TemporaryDirectory(prefix="obscore-")

    def clear(self) -> None:
        self._held.clear()
        self._place.cleanup()

    def put(self, number: int, rows: Checked) -> None:
        """Raises `NoRoomError`."""
        if number < IN_MEMORY:
            self._held[number] = rows
            return
        try:
            with self._file(number).open("wb") as file:
                pickle.dump(rows, file, protocol=5)
        except OSError as error:
            raise NoRoomError(self._place.name, error) from error

    def take(self, number: int) -> Checked:
        """Once each."""
        if number in self._held:
            return self._held.pop(number)
        with self._file(number).open("rb") as file:
            return pickle.load(file)  # noqa: S301 (written by us, into a directory of our own)

    def _file(self, number: int) -> Path:
        return Path(self._place.name) / f"{number:05d}"
