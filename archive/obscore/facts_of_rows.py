"""PI, release time, QA2 state and the rest that rows say of their MOUS and project, written where it belongs.

The rules are those of `archive.facts`.  A MOUS that nothing was delivered of and nobody decided about has no authority
but ALMA's: it is written with all others like it in one statement.  The few others go through `apply_facts`.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import polars as pl
from django.db import connection

from archive import facts, index_codes
from archive.models import MemberOUS
from archive.obscore import columns, copying
from archive.obscore.survey import ARRAY, FAILED, OF_MOUS, RELEASE, SB, Survey
from archive.search import words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS = {
    "title": "obs_title",
    "pi_name": "obs_creator_name",
    "co_authors": "proposal_authors",
    "abstract": "proposal_abstract",
    "scientific_category": "scientific_category",
    "science_keywords": "science_keyword",
}
_SURE = frozenset({"obs_title", "pi_userid"})  # of two answers neither is used; of the others the first is
Kinds = dict[str, type[pl.DataType]]
# What a MOUS has, or is to have; its release in microseconds since 1970
_OF_MOUS: Kinds = {"sb_name": pl.String, "array": pl.String, "release": pl.Int64, "qa2": pl.String}
# One that is in the index; of `only_alma` nothing was delivered, and nobody decided
HELD_MOUS: Kinds = {"mous": pl.String, "id": pl.Int64, "held_gous": pl.String, "held_code": pl.String} | _OF_MOUS
HELD_MOUS |= {"only_alma": pl.Boolean}
MOUS_SENT = {"sb_name": "text", "array": "text", "release": "timestamptz", "qa2": "text"}


def of_new_mous(survey: Survey, new: pl.DataFrame) -> pl.DataFrame:
    """With what they are made with: sb_name, array, release time, QA2 state."""
    nothing = {name: pl.lit("" if kind == pl.String else None, kind) for name, kind in _OF_MOUS.items()}
    return _told(survey, new.with_columns(**nothing))


def of_new_projects(survey: Survey, codes: pl.Series) -> pl.DataFrame:
    """What they are made with: their code, what is written of them, and their PI."""
    nothing = dict.fromkeys(WRITTEN, pl.lit("")) | {"publications": pl.lit("{}")}
    return _of_projects(survey, pl.DataFrame({"code": codes}).with_columns(**nothing))


def write(survey: Survey, codes: pl.Series, mous: pl.DataFrame) -> None:
    """For projects and MOUSs that were in the index before."""
    if len(codes):
        _write_projects(survey, codes)
    if len(mous):
        _write_mous(survey, mous)


def _write_mous(survey: Survey, mous: pl.DataFrame) -> None:
    told = _changed(_told(survey, mous), mous, _OF_MOUS)
    copying.run(_UPDATE_MOUS, "told", {"id": "int8", **MOUS_SENT}, told.filter("only_alma"))
    exceptional = told.filter(~pl.col("only_alma")).join(mous, on="id", suffix="_had").rows(named=True)
    for row in exceptional:
        MemberOUS.objects.filter(pk=row["id"]).update(array=row["array"])
    if exceptional:
        facts.apply_facts({"mous": {row["mous"]: _as_facts(row) for row in exceptional}})


def _told(survey: Survey, had: pl.DataFrame) -> pl.DataFrame:
    """What MOUSs are to have by these rows; where they say nothing, what they have."""
    said = survey.of_mous.told(OF_MOUS)
    array = pl.col(ARRAY).replace_strict(index_codes.ARRAY_WORDS, default="", return_dtype=pl.String)
    # T does not tell a pass from a semi-pass, but it is no failure
    qa2 = pl.when(pl.col("qa2") == "FAIL", pl.col(FAILED) == 1).then(pl.lit("")).otherwise("qa2")
    told = {
        "sb_name": pl.coalesce(SB, "sb_name"),
        "array": pl.when(pl.col("array") == "").then(array).otherwise("array"),
        "release": pl.coalesce(RELEASE, "release"),
        "qa2": pl.when(pl.col(FAILED) == 0).then(pl.lit("FAIL")).otherwise(qa2),
    }
    found = had.join(said, left_on="mous", right_on="owner", how="left", maintain_order="left")
    return found.with_columns(**told).select(had.columns)


def _changed(told: pl.DataFrame, had: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Of the same rows in the same order."""
    return told.filter(pl.any_horizontal(told[name].ne_missing(had[name]) for name in names))


def _as_facts(told: dict) -> dict:
    found: dict = {}
    if told["sb_name"] != told["sb_name_had"]:
        found["sb_name"] = told["sb_name"]
    if told["release"] != told["release_had"]:
        found["release_at"] = (_EPOCH + timedelta(microseconds=told["release"])).isoformat()
    if told["qa2"] != told["qa2_had"] and told["qa2"]:
        found["qa2"] = told["qa2"]
    return found


_UPDATE_MOUS = """
UPDATE archive_memberous m SET sb_name = t.sb_name, "array" = t."array", stated_release_at = t.release,
    release_at = coalesce(t.release, m.release_at), qa2_state = t.qa2,
    release_origin = CASE WHEN t.release IS NULL THEN m.release_origin ELSE 'ALMA' END
FROM told t WHERE m.id = t.id
"""


_HELD_PROJECTS = f"""
SELECT p.code, p.id, a.name, {", ".join(f"p.{name}" for name in _TEXTS)}, p.pi_key, p.publications
FROM archive_project p LEFT JOIN archive_almaaccount a ON a.id = p.pi_id WHERE p.code = ANY(%s) ORDER BY p.code
"""  # noqa: S608 (our own names)


def _write_projects(survey: Survey, codes: pl.Series) -> None:
    had = _held_projects(codes)
    told = _of_projects(survey, had)
    copying.run(_UPDATE_PROJECTS, "told", {"id": "int8", **WRITTEN}, _changed(told, had, WRITTEN))
    copying.run(
        _NAME_PIS, "told", {"id": "int8", "pi": "text"},
        told.filter(pl.col("pi").is_not_null(), pl.col("account").is_null()),
    )  # fmt: skip
    doubted = told.filter(pl.col("pi") != pl.col("account")).select("code", "pi").rows()
    if doubted:
        facts.apply_facts({"projects": {code: {"pi": pi} for code, pi in doubted}})


def _held_projects(codes: pl.Series) -> pl.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(_HELD_PROJECTS, [codes.to_list()])
        rows = [(*row, _json(json.loads(papers))) for *row, papers in cursor.fetchall()]
    kinds = {"code": pl.String, "id": pl.Int64, "account": pl.String} | dict.fromkeys(WRITTEN, pl.String)
    return pl.DataFrame(rows, kinds, orient="row")


def _of_projects(survey: Survey, had: pl.DataFrame) -> pl.DataFrame:
    """What they are to have by these rows, and the PI that these name."""
    said = survey.of_project.told(_SURE).rename(lambda name: f"said_{name}")
    found = had.join(said, left_on="code", right_on="said_owner", how="left", maintain_order="left")
    papers = found.select(f"said_{name}" for name in columns.PUBLICATIONS).rows()
    told = {name: pl.coalesce(f"said_{column}", name) for name, column in _TEXTS.items()}
    told["publications"] = pl.coalesce(pl.Series(map(_papers, papers), dtype=pl.String), "publications")
    found = found.with_columns(**told)
    key = {name: words.plain(name)[:256] for name in found["pi_name"].unique().to_list()}
    pi_key = pl.Series([key[name] for name in found["pi_name"].to_list()], dtype=pl.String)
    return found.select(*had.columns, pi="said_pi_userid").with_columns(pi_key=pi_key)


def _papers(said: tuple[str | None, ...]) -> str | None:
    return (
        _json({name: text for name, text in zip(columns.PUBLICATIONS, said, strict=True) if text})
        if any(said)
        else None
    )


def _json(papers: dict) -> str:
    """The same for what is equal."""
    return json.dumps(papers, sort_keys=True)


WRITTEN = dict.fromkeys((*_TEXTS, "pi_key"), "text") | {"publications": "jsonb"}
_UPDATE_PROJECTS = f"""
UPDATE archive_project p SET {", ".join(f"{name} = t.{name}" for name in WRITTEN)} FROM told t WHERE p.id = t.id
"""  # noqa: S608 (our own names)
_NAME_PIS = """
WITH made AS (INSERT INTO archive_almaaccount (name) SELECT DISTINCT pi FROM told ON CONFLICT (name) DO NOTHING
              RETURNING id, name),
     accounts AS (SELECT id, name FROM made UNION SELECT id, name FROM archive_almaaccount
                  WHERE name IN (SELECT pi FROM told))
UPDATE archive_project p SET pi_id = a.id FROM told t JOIN accounts a ON a.name = t.pi
WHERE p.id = t.id AND p.pi_id IS NULL
"""
