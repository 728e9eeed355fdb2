"""The flat table of search against the rows that it copies from and counts: of MOUSs, and of groups for themselves."""

from collections.abc import Iterable, Iterator

from django.db import connection

from archive.index_check.chunk import Subject
from archive.index_check.faults import Fault

COPIES = ("release_at", "qa2", "array", "calibration", "gous", "project", "code_order", "confidential")
OF_MOUS = """
SELECT m.id, bool_or(o.release_at IS DISTINCT FROM m.release_at),
       bool_or(o.qa2 IS DISTINCT FROM archive_qa2_number(m.qa2_state)),
       bool_or(o."array" IS DISTINCT FROM archive_array_number(m."array")),
       bool_or(o.calibration IS DISTINCT FROM archive_calibration_number(c.kind)),
       bool_or(o.gous_id IS DISTINCT FROM m.gous_id), bool_or(o.project_id IS DISTINCT FROM p.id),
       bool_or(o.code_order IS DISTINCT FROM p.code_order), bool_or(o.confidential IS DISTINCT FROM p.confidential)
FROM archive_observation o
JOIN archive_memberous m ON m.id = o.mous_id
JOIN archive_groupous g ON g.id = m.gous_id
JOIN archive_project p ON p.id = g.project_id
LEFT JOIN archive_calibrationdelivery c ON c.mous_id = m.id AND c.current
WHERE o.mous_id = ANY(%s) GROUP BY m.id ORDER BY m.id
"""
OF_GROUPS = """
SELECT count(*), min(o.id)
FROM archive_observation o JOIN archive_groupous g ON g.id = o.gous_id JOIN archive_project p ON p.id = g.project_id
WHERE o.mous_id IS NULL
  AND (o.project_id, o.code_order, o.confidential) IS DISTINCT FROM (p.id, p.code_order, p.confidential)
"""
TALLIES = """
SELECT mous_id, coalesce(live.n, 0), coalesce(kept.n, 0)
FROM (SELECT mous_id, count(*) AS n FROM archive_observation WHERE mous_id = ANY(%(keys)s) GROUP BY 1) live
FULL JOIN (SELECT mous_id, sum(rows)::bigint AS n FROM archive_tally WHERE mous_id = ANY(%(keys)s) GROUP BY 1) kept
USING (mous_id)
WHERE coalesce(live.n, 0) <> coalesce(kept.n, 0) ORDER BY mous_id
"""
TALLIES_OF_GROUPS = """
SELECT count(*)
FROM (SELECT gous_id, count(*) AS n FROM archive_observation WHERE mous_id IS NULL GROUP BY gous_id) live
FULL JOIN (SELECT gous_id, sum(rows)::bigint AS n FROM archive_tally WHERE mous_id IS NULL GROUP BY gous_id) kept
USING (gous_id)
WHERE coalesce(live.n, 0) <> coalesce(kept.n, 0)
"""


def check(subjects: Iterable[Subject]) -> Iterator[Fault]:
    of = {subject.row.pk: subject for subject in subjects}
    for key, *differs in _rows(OF_MOUS, [list(of)]):
        for name in (name for name, wrong in zip(COPIES, differs, strict=True) if wrong):
            sentence = f"Rows of search of {of[key].row.uid} have another {name} than the MOUS has by now."
            yield of[key].fault("copy-differs", sentence, name)
    for key, live, kept in _rows(TALLIES, {"keys": list(of)}):
        sentence = f"{of[key].row.uid} has {live} rows in the index of search; {kept} are counted."
        yield of[key].fault("tally-differs", sentence)


def check_groups() -> Iterator[Fault]:
    """Rows without a MOUS.  Their groups are not named: these faults are shown to all who see to the index."""
    ((count, first),) = _rows(OF_GROUPS)
    if count:
        sentence = f"{count} rows of search of groups differ from their project; the first is observation {first}."
        yield Fault("copy-differs", sentence, "groups")
    ((count,),) = _rows(TALLIES_OF_GROUPS)
    if count:
        yield Fault("tally-differs", f"The rows of {count} groups for themselves are not what is counted.", "groups")


def _rows(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
