"""The log of a project as a table that a spreadsheet opens without running anything.

Names of files and accounts come from others.  A cell that begins like a formula gets an apostrophe before it.
"""

import csv

from archive import access_log

COLUMNS = (
    "time",
    "ended",
    "account",
    "what",
    "name",
    "id",
    "mous",
    "bytes asked",
    "bytes sent",
    "outcome",
    "allowed by",
    "delegation",
    "assignment",
    "request id",
)
TAKEN = ("time", "account", "e-mail", "what", "name", "id", "bytes asked", "allowed by", "request id")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 (wide ones count too)


class _Line:
    """What `csv` writes to: it is handed back, piece by piece, instead of kept."""

    def write(self, text):
        return text


def rows(project, *, person=""):
    """Lines of CSV, the newest event first."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in access_log.whole_of_project(project, person=person):
        yield writer.writerow([_harmless(cell) for cell in _cells(event)])


def taken(records):
    """Lines of CSV: what was handed out (archive/recall.py), a line for each record."""
    writer = csv.writer(_Line())
    yield writer.writerow(
        ("time", "account", "e-mail", "what", "name", "id", "bytes asked", "allowed by", "request id")
    )
    for row in records.iterator(chunk_size=1000):
        mail = row.person.email if row.person else ""
        cells = (row.at.isoformat(), row.person_name, mail, row.what, row.name, row.subject, row.bytes_asked, row.rule)
        yield writer.writerow([_harmless(cell) for cell in (*cells, row.request_id)])


def _cells(event):
    return (
        event.at.isoformat(),
        event.ended_at.isoformat() if event.ended_at else "",
        event.person_name,
        event.what,
        event.name,
        event.subject,
        event.mous.uid,
        event.bytes_asked,
        event.bytes_sent,
        event.outcome,
        event.rule,
        event.delegation.pk if event.delegation else "",
        event.assignment.pk if event.assignment else "",
        event.request_id,
    )


def _harmless(cell):
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
