"""The projects, groups and MOUSs that rows belong to: found by their code or uid, or made.

What the index has stands: a row that puts a MOUS into another project or group is refused.  A MOUS whose group is not
known has a placeholder (archive/placeholders.py), and goes into its group as soon as somebody names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.db import transaction
from django.db.models import Model
from numpy.typing import NDArray

from archive.models import GroupOUS, MemberOUS, Project
from archive.obscore import copying, facts_of_rows
from archive.obscore.checked_at_once import checked_at_once
from archive.obscore.survey import Survey

Ints = NDArray[np.int64]


@dataclass
class Held:
    """What the index has of the MOUSs and groups of a file, and what is good of the file."""

    members: pl.DataFrame
    groups: pl.DataFrame
    good: pl.DataFrame  # families, with the group that their MOUS has in the index and by the file


@transaction.atomic
def refuse(survey: Survey) -> Held:
    """The families that contradict each other, or what the index has."""
    families = survey.names()
    uids = pl.concat([families["gous"], families["mous"]])
    members = _fetched(MemberOUS, _HELD_MOUS, families["mous"], facts_of_rows.HELD_MOUS)
    groups = _fetched(GroupOUS, _HELD_GROUPS, uids, {"gous": pl.String, "held_code": pl.String})
    families = _with_groups(families, members)
    wrong = _contradictions(families, members, groups)
    survey.refuse_families(dict(wrong.rows()))
    return Held(members, groups, families.join(wrong, on="number", how="anti", maintain_order="left"))


@transaction.atomic
def settle(survey: Survey, held: Held) -> None:
    """Make what is new of the others, and write what the rows say of all."""
    codes = held.good["code"].unique().sort()
    held_codes = _fetched(Project, _HELD_PROJECTS, codes, {"code": pl.String})["code"].sort()
    mous = held.good.filter(pl.col("mous") != "").unique("mous", keep="first", maintain_order=True)
    mous = mous.select("mous", gous=pl.coalesce("named", "mous"))
    with checked_at_once([table._meta.db_table for table in (Project, GroupOUS, MemberOUS)]) as alone:
        unless_there = "" if alone else " ON CONFLICT DO NOTHING"  # to look for them takes as long as to write them
        _make_projects(survey, codes.filter(~codes.is_in(held_codes.implode())))
        _make_groups(held, unless_there)
        _make_mous(survey, mous, held.members, unless_there)
    facts_of_rows.write(survey, held_codes, held.members.join(mous, on="mous", how="semi", maintain_order="left"))


def _fetched(among: type[Model], sql: str, values: pl.Series, kinds: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """The rows that the table `wanted` of these values gives, if there are any to be found at all."""
    if not among.objects.exists():
        return pl.DataFrame(schema=kinds)
    wanted = pl.DataFrame({"value": values.filter(values != "").unique()})
    with copying.staged("wanted", wanted, {"value": "text"}) as cursor:
        cursor.execute(sql)
        return pl.DataFrame(cursor.fetchall(), kinds, orient="row")


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
SELECT f.place, p.id AS project_id, p.code_order, p.confidential::int AS confidential,
       CASE WHEN f.mous = '' THEN (SELECT g.id FROM archive_groupous g WHERE g.uid = f.gous) END AS gous_id
FROM family f JOIN (
    SELECT id, code, code_order, confidential FROM archive_project WHERE code IN (SELECT code FROM family)
    ORDER BY id FOR SHARE
) p USING (code)
"""
_MOUS = f"""
SELECT f.place, m.gous_id, m.id AS mous_id,
       (extract(epoch FROM archive_public_from(m.release_at, m.recalled_at)) * 1000000)::bigint
           - {copying.EPOCH_2000} AS release_at,
       archive_qa2_number(m.qa2_state) AS qa2, archive_array_number(m."array") AS "array",
       archive_calibration_number(c.kind) AS calibration
FROM family f JOIN archive_memberous m ON m.uid = f.mous
LEFT JOIN archive_calibrationdelivery c ON c.mous_id = m.id AND c.current ORDER BY m.id FOR SHARE OF m
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
    with copying.staged("family", _numbered(families), {"place": "int4", "mous": "text"}):
        held = copying.numbers(_IDS, ("place", "id"))
    found[held["place"]] = held["id"]
    return found


def _numbered(families: pl.DataFrame) -> pl.DataFrame:
    return families.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int32))


def _with_groups(families: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The group that the MOUS of each is in by the index, and by the first family that names one; null for none."""
    both = families.filter(pl.col("mous") != "", pl.col("gous") != "")
    named = both.unique("mous", keep="first", maintain_order=True).select("mous", named="gous")
    held = members.filter(pl.col("held_gous") != pl.col("mous")).select("mous", held="held_gous")
    for each in (held, named):
        families = families.join(each, on="mous", how="left", maintain_order="left")
    return families.with_row_index("number")


def _contradictions(families: pl.DataFrame, members: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The number of each family that is wrong, and why."""
    held = members.select("mous", project="held_code")
    seen = families.join(held, on="mous", how="left", maintain_order="left").with_columns(
        project=pl.when(pl.col("mous") == "").then("code").otherwise(pl.coalesce("project", _first_code("mous"))),
        wanted=pl.coalesce("held", "named", pl.lit("")),
    )
    seen = seen.with_columns(its=_first_filled("gous", "wanted", "mous"))
    seen = seen.join(groups, left_on="its", right_on="gous", how="left", maintain_order="left")
    seen = seen.with_columns(owner=pl.coalesce("held_code", _first_code("its")))
    other_group = (pl.col("mous") != "") & (pl.col("gous") != "") & (pl.col("wanted") != pl.col("gous"))
    into, group = "it puts {} into {}, which is of {}", _first_filled("gous", "wanted")
    why = (
        pl.when(pl.col("project") != pl.col("code")).then(pl.format(into, "mous", "code", "project"))
        .when(other_group).then(pl.format("it puts {} into the group {}, which is of {}", "mous", "gous", "wanted"))
        .when(pl.col("owner") != pl.col("code"))
        .then(pl.format("it puts the group {} into {}, which is of {}", group, "code", "owner"))
    )  # fmt: skip
    return seen.select("number", why=why).drop_nulls()


def _first_code(name: str) -> pl.Expr:
    return pl.col("code").first().over(name)


def _first_filled(*names: str) -> pl.Expr:
    return pl.coalesce(*(pl.when(pl.col(name) != "").then(name) for name in names), pl.lit(""))


_MAKE_PROJECTS = f"""
INSERT INTO archive_almaaccount (name) SELECT DISTINCT pi FROM made WHERE pi <> '' ON CONFLICT DO NOTHING;
INSERT INTO archive_project (code, code_order, confidential, pi_id, {", ".join(facts_of_rows.WRITTEN)})
SELECT m.code, 0, false, a.id, {", ".join(f"m.{name}" for name in facts_of_rows.WRITTEN)}
FROM made m LEFT JOIN archive_almaaccount a ON a.name = m.pi ON CONFLICT DO NOTHING
"""  # noqa: S608 (our own names)


def _make_projects(survey: Survey, codes: pl.Series) -> None:
    kinds = {"code": "text", **facts_of_rows.WRITTEN, "pi": "text"}
    copying.run(_MAKE_PROJECTS, "made", kinds, facts_of_rows.of_new_projects(survey, codes))


_MAKE_GROUPS = """
INSERT INTO archive_groupous (uid, science_goal_uid, project_id)
SELECT m.uid, '', p.id FROM made m JOIN archive_project p ON p.code = m.code
"""


def _make_groups(held: Held, unless_there: str) -> None:
    wanted = held.good.select("code", uid=pl.coalesce("named", "held", _first_filled("gous", "mous")))
    wanted = wanted.unique("uid", keep="last", maintain_order=True)
    new = wanted.join(held.groups, left_on="uid", right_on="gous", how="anti", maintain_order="left")
    copying.run(_MAKE_GROUPS + unless_there, "made", _texts("uid", "code"), new)


_MAKE_MOUS = """
INSERT INTO archive_memberous (uid, gous_id, sb_name, "array", delivery_state, parts_seen, stated_release_at,
                               release_at, release_origin, qa2_state, qa2_comment)
SELECT m.mous, g.id, m.sb_name, m."array", 'announced', '{}', m.release, coalesce(m.release, '3000-01-01T00:00:00Z'),
       CASE WHEN m.release IS NULL THEN '' ELSE 'ALMA' END, m.qa2, ''
FROM made m JOIN archive_groupous g ON g.uid = m.gous
"""


def _make_mous(survey: Survey, mous: pl.DataFrame, held: pl.DataFrame, unless_there: str) -> None:
    """New ones, and those that leave their placeholder."""
    new = mous.join(held, on="mous", how="anti", maintain_order="left")
    made = facts_of_rows.of_new_mous(survey, new)
    copying.run(_MAKE_MOUS + unless_there, "made", _texts("mous", "gous") | facts_of_rows.MOUS_SENT, made)
    leaving = mous.join(held, on="mous", maintain_order="left")
    leaving = leaving.filter(pl.col("held_gous") == pl.col("mous"), pl.col("gous") != pl.col("mous"))
    copying.run(
        "UPDATE archive_memberous m SET gous_id = g.id FROM made JOIN archive_groupous g ON g.uid = made.gous "
        "WHERE m.uid = made.mous",
        "made", _texts("mous", "gous"), leaving,
    )  # fmt: skip
    if len(leaving):
        GroupOUS.objects.filter(uid__in=leaving["mous"].to_list(), members=None).delete()


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "text")
