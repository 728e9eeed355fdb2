"""The tables of an ASDM as rows of named texts, and what the texts hold.

Arrays are written as their number of dimensions, their sizes and then their values; times are nanoseconds since MJD 0.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import BinaryIO
from xml.etree.ElementTree import Element

from archive.errors import ArchiveError
from archive.readers import xml_text

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)


class AsdmError(ArchiveError):
    code = "unreadable-asdm"

    def __init__(self, block: str, why: str) -> None:
        super().__init__(f"The raw data of {block} cannot be read: {why}.", "Download the ASDM again.")


Row = dict[str, Element]


class Tables:
    """The tables of one ASDM as they are asked for."""

    def __init__(self, open_table: Callable[[str], BinaryIO], block: str) -> None:
        self._open, self.block = open_table, block

    def rows(self, table: str) -> list[Row]:
        try:
            with self._open(f"{table}.xml") as stream:
                root = xml_text.read(stream, f"{table}.xml of {self.block}")
        except KeyError as error:
            raise AsdmError(self.block, f"it has no table {table}.xml") from error
        return [{xml_text.local(cell): cell for cell in row} for row in xml_text.children(root, "row")]

    @cached_property
    def configurations(self) -> dict[str, Row]:
        return {text(row, "configDescriptionId"): row for row in self.rows("ConfigDescription")}

    @cached_property
    def windows_of_description(self) -> dict[str, str]:
        return {text(r, "dataDescriptionId"): text(r, "spectralWindowId") for r in self.rows("DataDescription")}

    @cached_property
    def scans(self) -> list[Row]:
        return self.rows("Scan")

    @cached_property
    def stations(self) -> list[Row]:
        """Empty where there is no such table: all else can be read without it."""
        try:
            return self.rows("Station")
        except AsdmError:
            return []

    @cached_property
    def main(self) -> list[Row]:
        return self.rows("Main")


def text(row: Row, column: str) -> str:
    return _raw_text(row, column).strip('"')


def _raw_text(row: Row, column: str) -> str:
    cell = row.get(column)
    return (cell.text or "").strip() if cell is not None else ""


def values(row: Row, column: str) -> list[str]:
    """The values of an array, which stand after the number of dimensions and their sizes."""
    words = _words(_raw_text(row, column))
    return words[1 + int(words[0]) :] if words else []


def _words(text: str) -> list[str]:
    """Split at blanks, except within the quotes that hold names."""
    quoted = text.split('"')
    return [word for i, part in enumerate(quoted) for word in ([part] if i % 2 else part.split())]


def moment(row: Row, column: str) -> datetime:
    return _MJD_ZERO + timedelta(microseconds=int(text(row, column)) // 1000)


def reference(row: Row, column: str) -> str:
    cell = row.get(column)
    found = [] if cell is None else [child.get("entityId", "") for child in cell]
    return found[0] if found else text(row, column)
