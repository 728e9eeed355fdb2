"""JSON lines: one object for each row, and a last line that says that nothing is missing."""

import orjson

from archive.exports.columns import NAMES


def lines(rows):
    number = 0
    for number, row in enumerate(rows, 1):  # noqa: B007 (how many there were is the last line)
        yield _line({name: row.get(name) for name in NAMES})
    yield _line({"complete": True, "rows": number})


def _line(made):
    return orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE).decode()
