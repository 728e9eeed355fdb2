"""How many rows of an answer are of which kind: by band, array, QA2 state, calibration, year, category and lock.

For the whole archive the counts that are kept per MOUS are added up, with what is decided about the MOUS read at this
second; otherwise the rows themselves are counted.  Rows that the reader may not know of are in no number.
"""

from collections import Counter

from archive import access, codes, index_codes
from archive.search import question, recalled
from archive.search.criteria import Criteria
from archive.search.parameters import UNKNOWN
from archive.search.reader import Reader

Facets = dict[str, list[tuple[str, int]]]

KINDS = ("band", "array", "qa2", "calibration", "year", "category", "scope")
_YEAR = codes.order("2002.0.00000.S") - codes.order("2001.0.00000.S")  # in the order of codes
_STATE = f"CASE WHEN {access.INDEXED_RELEASED} THEN 'public' WHEN {recalled.HERS} THEN 'mine' ELSE 'locked' END"
_GROUPED = """
SELECT o.bands, o."array", o.qa2, o.calibration, o.project_id, {state} AS state, {rows} AS rows
FROM {source} WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6"""
# Each MOUS with its kept counts, under the names that the flat rows have
_KEPT = """(
    SELECT t.bands, t.rows, archive_array_number(m."array") AS "array", archive_qa2_number(m.qa2_state) AS qa2,
           coalesce(archive_calibration_number(c.kind), 0) AS calibration, g.project_id, m.id AS mous_id,
           archive_public_from(m.release_at, m.recalled_at) AS release_at, p.confidential
    FROM archive_tally t JOIN archive_memberous m ON m.id = t.mous_id JOIN archive_groupous g ON g.id = m.gous_id
    JOIN archive_project p ON p.id = g.project_id
    LEFT JOIN archive_calibrationdelivery c ON c.mous_id = m.id AND c.current
) o"""
_ADDED = """
SELECT bands, "array", qa2, calibration, p.code_order / {year}, p.scientific_category, state, sum(rows)::bigint,
       GROUPING(bands, "array", qa2, calibration, p.code_order / {year}, p.scientific_category, state)
FROM ({grouped}) r JOIN archive_project p ON p.id = r.project_id
GROUP BY GROUPING SETS ((bands), ("array"), (qa2), (calibration), (p.code_order / {year}),
                        (p.scientific_category), (state))"""


def facets(criteria: Criteria, reader: Reader) -> Facets:
    counters: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for *values, number, absent in question.rows(*_query(criteria, reader), reader):
        at = (~absent & (1 << len(KINDS)) - 1).bit_length()  # the one column of this set that is there
        kind, value = KINDS[len(KINDS) - at], values[len(KINDS) - at]
        for word in _words(kind, value):
            counters[kind][word] += number
    return {kind: _sorted(kind, counter) for kind, counter in counters.items()}


def _query(criteria: Criteria, reader: Reader) -> tuple[str, dict[str, object]]:
    if criteria.asks_nothing:
        where, values = reader.in_scope(criteria.scope), reader.hers
        of_groups = _grouped(f"o.mous_id IS NULL AND {where}")
        grouped = f"{_grouped(where, rows='sum(o.rows)', source=_KEPT)} UNION ALL {of_groups}"
    else:
        asked = question.ask(criteria, reader)
        values = reader.hers | asked.values
        grouped = _grouped(asked.where)
    return _ADDED.format(grouped=grouped, year=_YEAR), values


def _grouped(where: str, *, rows: str = "count(*)", source: str = f"{question.TABLE} o") -> str:
    return _GROUPED.format(state=_STATE, rows=rows, source=source, where=where)


def _words(kind: str, value) -> list[str]:
    """Of one value; a row in several bands counts in each."""
    if kind == "band":
        return [str(band) for band in index_codes.bands(value)] or [UNKNOWN]
    word = {
        "array": lambda: index_codes.array_word(value),
        "qa2": lambda: index_codes.QA2[value],
        "calibration": lambda: index_codes.CALIBRATIONS[value],
        "year": lambda: str(2000 + value) if value > 0 else "",
    }.get(kind, lambda: value)()
    return [word or UNKNOWN]


def _sorted(kind: str, counter: Counter[str]) -> list[tuple[str, int]]:
    """Categories by their number, what has an order of its own in that."""
    if kind == "category":
        return sorted(counter.items(), key=lambda each: (-each[1], each[0]))
    if kind == "band":
        return sorted(counter.items(), key=lambda each: (each[0] == UNKNOWN, each[0].zfill(2)))
    return sorted(counter.items(), key=lambda each: (each[0] == UNKNOWN, each[0]))
