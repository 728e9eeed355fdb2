"""The projects, groups and MOUSs that rows belong to: found by their code or uid, or made.

What the index has stands: a row that puts a MOUS into another project or group is refused.  A MOUS whose group is not
known has a placeholder (archive/placeholders.py), and goes into its group as soon as somebody names it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.db import transaction
from numpy.typing import NDArray

from archive.models import GroupOUS, MemberOUS, Project
from archive.obscore import copying, facts_of_rows
from archive.obscore.checked_at_once import checked_at_once
from archive.obscore.survey import Family, Survey

Ints = NDArray[np.int64]


@dataclass
class Held:
    """What the index has of the MOUSs and groups of a file, and what is good of the file."""

    members: dict[str, facts_of_rows.HeldMous]
    groups_of_mous: dict[str, str]  # empty where it is a placeholder
    groups: dict[str, str]  # with the code of their project
    named: dict[str, str]  # the group of each MOUS by the file
    good: list[Family]


@transaction.atomic
def refuse(survey: Survey) -> Held:
    """The families that contradict each other, or what the index has."""
    groups = _named_groups(survey.families)
    uids = sorted({mous for _, _, mous in survey.families if mous})
    members = {uid: facts_of_rows.HeldMous(*rest) for uid, *rest in _fetched(_HELD_MOUS, uids)}
    held_mous = {uid: ("" if held.group == uid else held.group, held.code) for uid, held in members.items()}
    held_groups = dict(_fetched(_HELD_GROUPS, sorted({group for _, group, _ in survey.families if group} | set(uids))))
    wrong = _contradictions(survey, groups, held_mous, held_groups)
    survey.refuse_families(wrong)
    good = [family for family, number in survey.families.items() if number not in wrong]
    return Held(members, {mous: group for mous, (group, _) in held_mous.items()}, held_groups, groups, good)


@transaction.atomic
def settle(survey: Survey, held: Held) -> None:
    """Make what is new of the others, and write what the rows say of all."""
    codes = {code for code, _, _ in held.good}
    held_codes = {code for (code,) in _fetched(_HELD_PROJECTS, sorted(codes))}
    known = {mous: group for mous, group in held.groups_of_mous.items() if group} | held.named
    wanted = {known.get(mous) or group or mous: code for code, group, mous in held.good}
    members = held.members
    with checked_at_once([table._meta.db_table for table in (Project, GroupOUS, MemberOUS)]) as alone:
        unless_there = "" if alone else " ON CONFLICT DO NOTHING"  # to look for them takes as long as to write them
        _make_projects(survey, codes - held_codes)
        _make_groups([(uid, code) for uid, code in wanted.items() if uid not in held.groups], unless_there)
        groups = {mous: held.named.get(mous) or mous for _, _, mous in held.good if mous}
        _make_mous(survey, groups, members, unless_there)
    told = {mous: members[mous] for _, _, mous in held.good if mous in members}
    facts_of_rows.write(survey, codes & held_codes, told)


def _fetched(sql: str, values: list[str]) -> list[tuple]:
    """The rows that the table `wanted` of these values gives."""
    wanted = pl.DataFrame({"value": values}, {"value": pl.String})
    with copying.staged("wanted", wanted, {"value": "text"}) as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


_HELD_PROJECTS = "SELECT code FROM wanted JOIN archive_project ON code = value"
_HELD_GROUPS = """
SELECT g.uid, p.code FROM wanted JOIN archive_groupous g ON g.uid = value JOIN archive_project p ON p.id = g.project_id
"""
_HELD_MOUS = """
SELECT m.uid, m.id, g.uid, p.code, m.sb_name, m."array", (extract(epoch FROM m.stated_release_at) * 1000000)::bigint,
       m.qa2_state,
       m.release_origin <> 'staff' AND m.delivered_at IS NULL AND m.raw_released_at IS NULL
       AND NOT EXISTS (SELECT FROM archive_decision d WHERE d.mous_id = m.id AND d.about = 'QA2 state')
FROM wanted JOIN archive_memberous m ON m.uid = value
JOIN archive_groupous g ON g.id = m.gous_id JOIN archive_project p ON p.id = g.project_id
"""
_PROJECTS = """
SELECT f.place, p.id AS project_id, p.code_order, p.confidential::int AS confidential, g.id AS gous_id
FROM family f JOIN archive_project p USING (code) LEFT JOIN archive_groupous g ON g.uid = f.gous
ORDER BY p.id FOR SHARE OF p
"""
_MOUS = f"""
SELECT f.place, m.gous_id, m.id AS mous_id,
       (extract(epoch FROM archive_public_from(m.release_at, m.recalled_at)) * 1000000)::bigint
           - {copying.EPOCH_2000} AS release_at,
       archive_qa2_number(m.qa2_state) AS qa2, archive_array_number(m."array") AS "array",
       archive_calibration_number(
           (SELECT kind FROM archive_calibrationdelivery c WHERE c.mous_id = m.id AND c.current)) AS calibration
FROM family f JOIN archive_memberous m ON m.uid = f.mous ORDER BY m.id FOR SHARE OF m
"""  # noqa: S608 (a number of ours)
_FAMILY = {"place": "int4", "code": "text", "gous": "text", "mous": "text"}


_HELD = (
    (("place", "project_id", "code_order", "confidential", "gous_id"), _PROJECTS),
    (("place", "gous_id", "mous_id", "release_at", "qa2", "array", "calibration"), _MOUS),
)


def places(families: pl.DataFrame) -> dict[str, Ints]:
    """Where good families belong, and what their rows repeat of that; 0 for the MOUS where rows are of the group.

    What staff decide about them waits until the transaction ends, and its triggers then find the rows that it brings.
    """
    found: dict[str, Ints] = {}
    with copying.staged("family", _numbered(families), _FAMILY):
        for names, sql in _HELD:
            held = copying.numbers(sql, names)
            for name in names[1:]:
                found.setdefault(name, np.zeros(families.height, np.int64))[held["place"]] = held[name]
    return found


_IDS = "SELECT f.place, m.id FROM family f JOIN archive_memberous m ON m.uid = f.mous"


@transaction.atomic
def mous_ids(families: pl.DataFrame) -> Ints:
    """Of each family; 0 where there is none."""
    found = np.zeros(families.height, np.int64)
    with copying.staged("family", _numbered(families), _FAMILY):
        held = copying.numbers(_IDS, ("place", "id"))
    found[held["place"]] = held["id"]
    return found


def _numbered(families: pl.DataFrame) -> pl.DataFrame:
    return families.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int32))


def _named_groups(families: Iterable[Family]) -> dict[str, str]:
    """The group of each MOUS, as the first family that names one says."""
    groups: dict[str, str] = {}
    for _, group, mous in families:
        if mous and group:
            groups.setdefault(mous, group)
    return groups


def _contradictions(survey: Survey, groups: dict[str, str], held_mous: dict, held_groups: dict) -> dict[int, str]:
    wrong: dict[int, str] = {}
    projects_of_groups = dict(held_groups)
    projects_of_mous: dict[str, str] = {}
    for (code, group, mous), number in survey.families.items():
        here, its_project = held_mous.get(mous, ("", None))
        project = its_project or projects_of_mous.setdefault(mous, code) if mous else code
        wanted = here or groups.get(mous, "")
        owner = projects_of_groups.setdefault(group or wanted or mous, code)
        if project != code:
            wrong[number] = f"it puts {mous} into {code}, which is of {project}"
        elif mous and group and wanted != group:
            wrong[number] = f"it puts {mous} into the group {group}, which is of {wanted}"
        elif owner != code:
            wrong[number] = f"it puts the group {group or wanted} into {code}, which is of {owner}"
    return wrong


_MAKE_ACCOUNTS = (
    "INSERT INTO archive_almaaccount (name) SELECT DISTINCT pi FROM made WHERE pi <> '' ON CONFLICT DO NOTHING"
)
_MAKE_PROJECTS = f"""
INSERT INTO archive_project (code, code_order, confidential, pi_id, {", ".join(facts_of_rows.WRITTEN)})
SELECT m.code, 0, false, a.id, {", ".join(f"m.{name}" for name in facts_of_rows.WRITTEN)}
FROM made m LEFT JOIN archive_almaaccount a ON a.name = m.pi ON CONFLICT DO NOTHING
"""  # noqa: S608 (our own names)


def _make_projects(survey: Survey, codes: set[str]) -> None:
    kinds = {"code": "text", **facts_of_rows.WRITTEN, "pi": "text"}
    rows = [facts_of_rows.of_new_project(survey, code) for code in sorted(codes)]
    copying.run(_MAKE_ACCOUNTS, "made", kinds, rows)
    copying.run(_MAKE_PROJECTS, "made", kinds, rows)


_MAKE_GROUPS = """
INSERT INTO archive_groupous (uid, science_goal_uid, project_id)
SELECT m.uid, '', p.id FROM made m JOIN archive_project p ON p.code = m.code
"""


def _make_groups(groups: list[tuple[str, str]], unless_there: str) -> None:
    copying.run(_MAKE_GROUPS + unless_there, "made", _texts("uid", "code"), groups)


_MAKE_MOUS = """
INSERT INTO archive_memberous (uid, gous_id, sb_name, "array", delivery_state, parts_seen, stated_release_at,
                               release_at, release_origin, qa2_state, qa2_comment)
SELECT m.uid, g.id, m.sb_name, m."array", 'announced', '{}', m.release, coalesce(m.release, '3000-01-01T00:00:00Z'),
       CASE WHEN m.release IS NULL THEN '' ELSE 'ALMA' END, m.qa2, ''
FROM made m JOIN archive_groupous g ON g.uid = m.gous
"""


def _make_mous(
    survey: Survey, groups: dict[str, str], held: Mapping[str, facts_of_rows.HeldMous], unless_there: str
) -> None:
    """New ones, and those that leave their placeholder."""
    kinds = _texts("uid", "gous", "sb_name", "array") | {"release": "timestamptz", "qa2": "text"}
    new = [(uid, group, *facts_of_rows.of_new_mous(survey, uid)) for uid, group in groups.items() if uid not in held]
    copying.run(_MAKE_MOUS + unless_there, "made", kinds, new)
    leaving = [(uid, group) for uid, group in groups.items() if uid in held and held[uid].group == uid != group]
    copying.run(
        "UPDATE archive_memberous m SET gous_id = g.id FROM made JOIN archive_groupous g ON g.uid = made.gous "
        "WHERE m.uid = made.uid",
        "made", _texts("uid", "gous"), leaving,
    )  # fmt: skip
    if leaving:
        GroupOUS.objects.filter(uid__in=[uid for uid, _ in leaving], members=None).delete()


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "text")
