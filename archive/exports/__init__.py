"""Search results as files: each format is a function from rows (dicts by column name) to pieces of text.

Rows are written as they come from the database, so a file of millions of them takes no memory.  A reader can tell a
whole file from one that broke off: VOTable and JSON lines end in words of their own, and a CSV says when it is broken.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from archive.exports import json_lines, tables, votables

Rows = Iterable[Mapping]
PIECE = 200  # rows


@dataclass(frozen=True)
class Format:
    write: Callable[[Rows], Iterator[str]]
    content_type: str
    extension: str
    broken: str = ""  # said at the end of a file that would else look whole


FORMATS = {
    "csv": Format(tables.lines, "text/csv; charset=utf-8; header=present", "csv", tables.BROKEN),
    "votable": Format(votables.lines, "application/x-votable+xml; charset=utf-8", "vot"),
    "jsonl": Format(json_lines.lines, "application/jsonl; charset=utf-8", "jsonl"),
}


def pieces(rows: Rows, form: Format) -> Iterator[bytes]:
    """Many rows at a time: a row for itself would be a packet for itself.

    When rows fail to come, a web server ends the answer as if nothing were wrong.
    """
    lines, failed = form.write(rows), True
    try:
        while batch := "".join(islice(lines, PIECE)):
            yield batch.encode()
        failed = False
    except GeneratorExit:  # the reader has left
        failed = False
        raise
    finally:
        if failed:
            yield form.broken.encode()
