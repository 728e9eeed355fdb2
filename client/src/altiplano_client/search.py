"""Rows of a search, page by page, as a table, CSV or JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import TextIO

from altiplano_client.names import shown
from altiplano_client.wanted import criteria_of, pages, rows_of
from altiplano_client.wire import Wire

PAGE = 1000
WIDEST = 32
TABLE = {
    "proposal_id": "project",
    "member_ous_uid": "MOUS",
    "target_name": "target",
    "band_list": "band",
    "array": "array",
    "frequency": "GHz",
    "spatial_resolution": "arcsec",
    "qa2": "QA2",
    "obs_release_date": "released",
    "readable": "yours",
}


def rows(wire: Wire, criteria: list[str], limit: int) -> Iterator[dict]:
    """`limit` rows at most; 0: all there are."""
    query = criteria_of(criteria)
    query += [("limit", str(min(limit or PAGE, PAGE)))]
    found = (row for page in pages(wire, "/api/search/", query) for row in rows_of(page, "rows"))
    return islice(found, limit or None)


def write_table(found: Iterator[dict], out: TextIO) -> int:
    lines = [[_cell(row.get(name)) for name in TABLE] for row in found]
    widths = [max(len(line[i]) for line in [list(TABLE.values()), *lines]) for i in range(len(TABLE))]
    for line in [list(TABLE.values()), *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip(), file=out)
    return len(lines)


def write_lines(found: Iterator[dict], out: TextIO) -> int:
    return sum(1 for row in found if not print(json.dumps(row, ensure_ascii=False), file=out))


def write_csv(found: Iterator[dict], out: TextIO) -> int:
    first = next(found, None)
    if first is None:
        return 0
    table = csv.DictWriter(out, list(first), extrasaction="ignore")
    table.writeheader()
    return sum(1 for row in chain([first], found) if table.writerow({name: _plain(row[name]) for name in row}))


FORMATS = {"table": write_table, "jsonl": write_lines, "csv": write_csv}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else shown(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "+"


def _plain(value: object) -> object:
    """A text that a spreadsheet would run as a formula has an apostrophe before it."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value
