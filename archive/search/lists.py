"""A list of names and positions, line by line answered from the index, in a few questions for all of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from archive import positions, sky, target_names
from archive.errors import ArchiveError
from archive.search import rows as answered
from archive.search.reader import Reader
from archive.search.rows import Row

MOST_LINES = 10_000
LONGEST = 200
WIDEST_DEG = 10 / 60
SHOWN = 3  # rows of a line
BATCH = 500  # positions in one query


class ListError(ArchiveError):
    code = "list"


@dataclass
class Answer:
    """`kind` is position or name; `matches` is how many rows there are, `rows` the first of them."""

    line_number: int
    text: str
    kind: str
    matches: int = 0
    rows: list[Row] = field(default_factory=list)
    problem: str | None = None


def answers(lines: Iterable[str], reader: Reader, radius_deg: float = 10 / 3600) -> list[Answer]:
    """One for each line that is not empty.  A line that cannot be read says so, and the others are answered."""
    if not 0 < radius_deg <= WIDEST_DEG:
        raise ListError("radius: it is not between 0 and 10 arcmin.", "Search wider circles one by one.")
    asked = _read(lines)
    if len(asked) > MOST_LINES:
        raise ListError(f"lines: there are {len(asked)}, more than {MOST_LINES}.", "Send the list in parts.")
    found = _by_name([each for each, place in asked if place is None and not each.problem], reader)
    placed = [(each, place) for each, place in asked if place is not None]
    for start in range(0, len(placed), BATCH):
        found |= _by_position(placed[start : start + BATCH], math.radians(radius_deg), reader)
    _fill([each for each, _ in asked], found, reader)
    return [each for each, _ in asked]


def _read(lines: Iterable[str]) -> list[tuple[Answer, positions.Position | None]]:
    numbered = ((number, line.strip()) for number, line in enumerate(lines, 1))
    return [_asked(number, text) for number, text in numbered if text]


def _asked(number: int, text: str) -> tuple[Answer, positions.Position | None]:
    if len(text) > LONGEST or "\0" in text:
        problem = f"The line is longer than {LONGEST} characters, or no text."
        return Answer(number, text[:LONGEST].replace("\0", ""), "name", problem=problem), None
    if not target_names.fold(text):
        return Answer(number, text, "name", problem="The line has no letters or digits."), None
    if positions.designation(text) is not None:
        return Answer(number, text, "name"), None
    try:
        return Answer(number, text, "position"), positions.parse(text)
    except positions.PositionError as refusal:
        if text.isdigit() or any(letter.isalpha() for letter in text):
            return Answer(number, text, "name"), None
        return Answer(number, text, "position", problem=refusal.sentence), None


_BY_NAME = """
SELECT t.key, count(*), (array_agg(o.id ORDER BY o.code_order, o.id))[:{shown}]
FROM archive_targetname t JOIN archive_observation o ON o.name_id = t.id
WHERE t.key = ANY(%(keys)s) AND {visible} GROUP BY t.key"""


def _by_name(asked: Sequence[Answer], reader: Reader) -> dict[int, tuple[int, list[int]]]:
    """By line number, how many rows there are and the keys of the first."""
    lines: dict[str, list[int]] = {}
    for each in asked:
        lines.setdefault(target_names.fold(each.text), []).append(each.line_number)
    sql = _BY_NAME.format(shown=SHOWN, visible=reader.visible)
    found = _rows(sql, {"keys": list(lines), **reader.values}) if lines else []
    return {number: (matches, keys) for key, matches, keys in found for number in lines[key]}


_BY_POSITION = """
SELECT r.line, count(*), (array_agg(o.id ORDER BY o.code_order, o.id))[:{shown}]
FROM unnest(%(line)s::int[], %(low)s::bigint[], %(high)s::bigint[],
            %(x)s::float8[], %(y)s::float8[], %(z)s::float8[]) AS r (line, low, high, x, y, z)
CROSS JOIN LATERAL (
    SELECT o.id, o.code_order FROM archive_observation o
    WHERE o.hpx BETWEEN r.low AND r.high AND {visible}
      AND (o.x - r.x) * (o.x - r.x) + (o.y - r.y) * (o.y - r.y) + (o.z - r.z) * (o.z - r.z) <= {chord2!r}
    OFFSET 0
) o
GROUP BY r.line"""


def _by_position(placed, radius_rad: float, reader: Reader) -> dict[int, tuple[int, list[int]]]:
    found: dict[str, list] = {name: [] for name in ("line", "low", "high", "x", "y", "z")}
    for each, place in placed:
        xyz = sky.vectors(place.ra_deg, place.dec_deg)[0].tolist()
        for low, high in sky.cone_ranges(place.ra_deg, place.dec_deg, radius_rad):
            for name, value in zip(found, (each.line_number, low, high - 1, *xyz), strict=True):
                found[name].append(value)
    sql = _BY_POSITION.format(shown=SHOWN, visible=reader.visible, chord2=sky.chord2(radius_rad))
    return {line: (matches, keys) for line, matches, keys in _rows(sql, found | reader.values)}


def _fill(asked: Sequence[Answer], found: dict[int, tuple[int, list[int]]], reader: Reader) -> None:
    shown = answered.of(sorted({key for _, keys in found.values() for key in keys}), reader)
    by_key = {row["id"]: row for row in shown}
    for each in asked:
        each.matches, keys = found.get(each.line_number, (0, []))
        each.rows = [by_key[key] for key in keys if key in by_key]
        if not each.matches and not each.problem:
            each.problem = "No row has its position there." if each.kind == "position" else "No target has this name."


def _rows(sql: str, values: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
