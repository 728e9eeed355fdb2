"""flux.csv: the calibrators' flux densities that the pipeline started from (Jy); not the final scale."""

import csv
import re
from dataclasses import dataclass
from typing import Any

from archive import uids
from archive.errors import ArchiveError

_FIELD = re.compile(r"field=(?P<field>.*?)\s+intents?=(?P<intents>\S*)")


class FluxError(ArchiveError):
    code = "unreadable-flux-csv"


@dataclass(frozen=True)
class FluxRow:
    block: str
    field_number: int
    window: int
    stokes: tuple[float, float, float, float]  # I, Q, U, V in Jy
    spectral_index: float | None
    field: str | None
    intents: tuple[str, ...]


def parse(text: str, name: str = "flux.csv") -> tuple[FluxRow, ...]:
    """Rows of a table with or without the columns uvmin and uvmax, which older pipelines did not write."""
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True, restkey="rest")
    try:
        return tuple(_row(row) for row in rows if row.get("ms"))
    except (KeyError, TypeError, ValueError, csv.Error, ArchiveError) as error:
        raise FluxError(f"Line {rows.line_num} of {name} cannot be read: {str(error).rstrip('.')}.") from error


def _row(row: dict[str, Any]) -> FluxRow:
    # The comment comes last and has commas of its own, unquoted.
    comment = _FIELD.search(",".join([row.get("comment") or "", *row.get("rest", ())]))
    return FluxRow(
        block=uids.canonical(row["ms"].removesuffix(".ms")),
        field_number=int(row["field"]),
        window=int(row["spw"]),
        stokes=(_flux(row["I"]), _flux(row["Q"]), _flux(row["U"]), _flux(row["V"])),
        spectral_index=float(row["spix"]) if row.get("spix") else None,
        field=comment["field"] if comment else None,
        intents=tuple(comment["intents"].split(",")) if comment and comment["intents"] else (),
    )


def _flux(text: str) -> float:
    return float(text or 0)
