"""A list of names and positions, as it is sent in a body, typed into a page or read from a file; every line counts."""

from archive import asked, positions
from archive.errors import ArchiveError
from archive.search import lists, verbs
from archive.search.reader import Reader

RADIUS = "10arcsec"
MOST_LINES = lists.MOST_LINES
MOST_BYTES = 2_000_000


class ListError(ArchiveError):
    code = "bad-parameter"


def answers(lines, radius, user, now):
    """One answer for each line that has something in it, with the number of the line."""
    return verbs.answers(lines, Reader.of(user, now), positions.radius_deg(radius))


def lines_of(sent):
    """Of the body of a request: a list of texts, or one text with a line for each."""
    lines = sent["lines"]
    if isinstance(lines, str):
        lines = lines.splitlines()
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ListError("lines is not a list of texts.", 'Send something like {"lines": ["TW Hya", "40.27 -8.256"]}.')
    return lines


def radius_of(sent):
    return asked.text(sent, "radius") if "radius" in sent else RADIUS


def text_of(typed, file):
    """What was typed, or what stands in the file."""
    if file is None:
        return typed
    if typed.strip():
        raise ListError("Lines are typed, and there is a file as well.", "Send the one or the other.")
    if file.size > MOST_BYTES:
        raise ListError(f"The file {file.name} has {file.size} bytes.", f"Send at most {MOST_BYTES}, or several files.")
    return file.read().decode("utf-8-sig", errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
