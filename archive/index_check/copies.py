"""The flat table of search against the rows that it copies from and counts: of MOUSs, and of groups for themselves."""

from collections.abc import Iterable, Iterator

from django.db import connection

from archive.index_check.chunk import Subject
from archive.index_check.faults import Fault

COPIES = ("release_at", "qa2", "array", "calibration", "gous", "project", "code_order", "confidential")
OF_MOUS = """
SELECT m.id, bool_or(o.release_at IS DISTINCT FROM archive_public_from(m.release_at, m.recalled_at)),
       bool_or(o.qa2 IS DISTINCT FROM archive_qa2_number(m.qa2_state)),
       bool_or(o."array" IS DISTINCT FROM archive_array_number(m."array")),
       bool_or(o.calibration IS DISTINCT FROM archive_calibration_number(c.kind)),
       bool_or(o.gous_id IS DISTINCT FROM m.gous_id), bool_or(o.project_id IS DISTINCT FROM p.id),
       bool_or(o.code_order IS DISTINCT FROM p.code_order), bool_or(o.confidential IS DISTINCT FROM p.confidential)
FROM {table} o
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
_ENDS = ("low_hz", "t_min_mjd", "resolution_arcsec")
_TALLIES = f"""
WITH live AS (
    SELECT {{of}}, bands, count(*) AS rows, bit_or(intents), {", ".join(f"min({name}), max({name})" for name in _ENDS)}
    FROM archive_observation {{where}} GROUP BY {{of}}, bands
), kept AS (
    SELECT {{of}}, bands, sum(rows)::bigint AS rows, bit_or(intents),
           {", ".join(f"min({name}_least), max({name}_most)" for name in _ENDS)}
    FROM archive_tally {{where}} GROUP BY {{of}}, bands
)
SELECT d.{{of}}, (SELECT coalesce(sum(rows), 0)::bigint FROM live WHERE live.{{of}} = d.{{of}}),
       (SELECT coalesce(sum(rows), 0)::bigint FROM kept WHERE kept.{{of}} = d.{{of}})
FROM ((TABLE live EXCEPT TABLE kept) UNION (TABLE kept EXCEPT TABLE live)) d
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 (our own names)
OF_MOUS_COUNTED = _TALLIES.format(where="WHERE mous_id = ANY(%(keys)s)", of="mous_id")
OF_GROUPS_COUNTED = _TALLIES.format(where="WHERE mous_id IS NULL", of="gous_id")


def check(subjects: Iterable[Subject]) -> Iterator[Fault]:
    of = {subject.row.pk: subject for subject in subjects}
    for name, key in _old("archive_observation", of):
        sentence = f"Rows of search of {of[key].row.uid} have another {name} than the MOUS has by now."
        yield of[key].fault("copy-differs", sentence, name)
    for name, key in _old("archive_tally", of):
        sentence = f"What is counted for search of {of[key].row.uid} has another {name} than the MOUS has by now."
        yield of[key].fault("tally-differs", sentence, name)
    for key, live, kept in _rows(OF_MOUS_COUNTED, {"keys": list(of)}):
        sentence = f"{of[key].row.uid} has {live} rows in the index of search; {kept} are counted."
        if live == kept:
            sentence = f"What is kept of the rows of search of {of[key].row.uid} together is not what they say."
        yield of[key].fault("tally-differs", sentence)


def _old(table: str, keys: Iterable[int]) -> Iterator[tuple[str, int]]:
    """Names of copies that are not what is decided, each with the key of the MOUS."""
    for key, *differs in _rows(OF_MOUS.format(table=table), [list(keys)]):
        yield from ((name, key) for name, wrong in zip(COPIES, differs, strict=True) if wrong)


def check_groups() -> Iterator[Fault]:
    """Rows without a MOUS.  Their groups are not named: these faults are shown to all who see to the index."""
    ((count, first),) = _rows(OF_GROUPS)
    if count:
        sentence = f"{count} rows of search of groups differ from their project; the first is observation {first}."
        yield Fault("copy-differs", sentence, "groups")
    if count := len(_rows(OF_GROUPS_COUNTED)):
        yield Fault("tally-differs", f"The rows of {count} groups for themselves are not what is counted.", "groups")


def _rows(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
