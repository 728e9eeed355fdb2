"""CSV, for programs and for spreadsheets.

Values are exact, numbers plain, and nothing is an empty cell.  With one exception: a text that a spreadsheet would run,
because it begins like a formula and calls something, gets an apostrophe before it.  Names such as `-28_04` and `+IRAS`
are left alone.
"""

import csv
import re

from archive.exports.columns import NAMES

# Begins like a formula, wide signs too, and has what a call of a function, a program or another sheet needs.
FORMULA = re.compile(r"[\s]*[=+\-@＝＋－＠].*[(|!]", re.DOTALL)  # noqa: RUF001 (wide ones count too)

BROKEN = "THIS FILE IS NOT COMPLETE: the archive could not read on. Ask again.\n"


class _Line:
    """What `csv` writes to: it is handed back, piece by piece, instead of kept."""

    def write(self, text):
        return text


def lines(rows):
    writer = csv.writer(_Line(), lineterminator="\n")
    yield writer.writerow(NAMES)
    for row in rows:
        yield writer.writerow([_cell(row.get(name)) for name in NAMES])


def _cell(value):
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else said(value)


def said(value):
    """The value as text: truth as ALMA writes it, sets with spaces between, times in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
