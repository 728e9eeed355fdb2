"""Facts from rows of ALMA's ObsCore table: one row for each source and window of a MOUS, all saying the same of it.

CSV exports of astropy write texts as Python writes bytes (`b'uid://A001/X1288/Xba8'`), and they are decoded.  Release
times are UTC without saying so.  `qa2_passed` F is a failure; T does not tell a pass from a semi-pass, and says nothing
(FACTS 6, 8.1).
"""

import ast
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from archive import codes, uids
from archive.errors import ArchiveError

NEEDED = ("proposal_id", "member_ous_uid", "obs_release_date")
Said = tuple[str, str, str, str]  # section, name, key, value: ("mous", "uid://A001/X1/X2", "sb_name", "M83_a_06_TM1")


class ObscoreError(ArchiveError):
    code = "bad-obscore"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The ObsCore rows were not used: {why}.",
            f"Export them as CSV with ALMA's column names; needed are {', '.join(NEEDED)}.",
        )


@dataclass(frozen=True)
class ObscoreFacts:
    facts: dict[str, dict]  # as in a facts file: projects, mous
    bad: tuple[str, ...]  # sentences with the numbers of the lines that were left out


def parse(text: str) -> ObscoreFacts:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    said: dict[tuple[str, str, str], dict[str, int]] = {}
    bad: list[str] = []
    try:
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise ObscoreError(f"they have no column {' and no column '.join(missing)}")
        for row in rows:
            try:
                for section, name, key, value in list(_said(row)):
                    said.setdefault((section, name, key), {}).setdefault(value, rows.line_num)
            except ValueError as error:
                bad.append(f"Line {rows.line_num} was left out: {error}.")
    except csv.Error as error:
        raise ObscoreError(f"line {rows.line_num} is not CSV ({error})") from error
    return ObscoreFacts(_facts(said), (*bad, *_disagreements(said)))


def _facts(said: dict[tuple[str, str, str], dict[str, int]]) -> dict[str, dict]:
    facts: dict[str, dict] = {"projects": {}, "mous": {}}
    for (section, name, key), values in said.items():
        known = facts[section].setdefault(name, {})
        if len(values) == 1:
            known[key] = next(iter(values))
    return facts


def _disagreements(said: dict[tuple[str, str, str], dict[str, int]]) -> Iterable[str]:
    """Of two answers neither is used: a release time that is too early would open data."""
    for (_, name, key), values in said.items():
        if len(values) > 1:
            lines = " and ".join(str(line) for line in sorted(values.values()))
            yield f"Lines {lines} disagree about {key} of {name}; none of them was used for it."


def _said(row: dict[str, str | None]) -> Iterator[Said]:
    if None in row or None in row.values():
        raise ValueError("it does not have as many fields as there are columns")
    cells = {column: decoded(column, cell or "") for column, cell in row.items()}
    code, mous = cells["proposal_id"], cells["member_ous_uid"]
    if not codes.is_code(code):
        raise ValueError(f"proposal_id {code!r} is not an ALMA project code")
    if not uids.is_uid(mous):
        raise ValueError(f"member_ous_uid {mous!r} is not an ALMA identifier")
    named = (("projects", code, "title", "obs_title"), ("projects", code, "pi", "pi_userid"),
             ("mous", uids.canonical(mous), "sb_name", "schedblock_name"))  # fmt: skip
    yield from ((section, name, key, cells[column]) for section, name, key, column in named if cells.get(column))
    yield "mous", uids.canonical(mous), "release_at", release_time(cells["obs_release_date"])
    if cells.get("qa2_passed") == "F":
        yield "mous", uids.canonical(mous), "qa2", "FAIL"


def decoded(column: str, cell: str) -> str:
    """A text as it is, or as the bytes that Python wrote down."""
    if cell[:2] not in ("b'", 'b"'):
        return cell.strip()
    try:
        return ast.literal_eval(cell).decode().strip()
    except (ValueError, SyntaxError, MemoryError, AttributeError) as error:
        raise ValueError(f"{column} is no text of UTF-8") from error


def release_time(text: str) -> str:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise ValueError(f"obs_release_date {text!r} is not an ISO 8601 time") from error
