"""PI, release time, QA2 state and the rest that rows say of their MOUS and project, written where it belongs.

The rules are those of `archive.facts`.  A MOUS that nothing was delivered of and nobody decided about has no authority
but ALMA's: it is written with all others like it in one statement.  The few others go through `apply_facts`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from archive import facts, index_codes
from archive.models import MemberOUS, Project
from archive.obscore import columns, copying
from archive.obscore.survey import ARRAY, FAILED, RELEASE, SB, Survey
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
_SURE = frozenset({"obs_title"})  # of two answers neither is used; of the others the first is


class OfMous(NamedTuple):
    """What a MOUS has, or is to have."""

    sb_name: str
    array: str
    stated_release: int | None  # microseconds since 1970
    qa2_state: str


class HeldMous(NamedTuple):
    """One that is in the index."""

    id: int
    group: str
    code: str
    sb_name: str
    array: str
    stated_release: int | None
    qa2_state: str
    only_alma: bool  # nothing was delivered, and nobody decided

    @property
    def facts(self) -> OfMous:
        return OfMous(*self[3:7])


NEW_MOUS = OfMous("", "", None, "")


def of_new_mous(survey: Survey, uid: str) -> tuple:
    """What a MOUS is made with: sb_name, array, release time, QA2 state."""
    return _written(_told(survey, uid, NEW_MOUS))


def _written(facts_: OfMous) -> tuple:
    return facts_.sb_name, facts_.array, facts_.stated_release, facts_.qa2_state


_NEW_PROJECT = Project()  # made once: that takes as long as all the rest


def of_new_project(survey: Survey, code: str) -> tuple:
    """What a project is made with: its code, what is written of it, and its PI."""
    told = of_project(survey, code, _NEW_PROJECT)
    return (code, *_texts(told), survey.of_project["pi_userid"].of(code))


def _texts(told: dict) -> list[str]:
    return [json.dumps(value) if isinstance(value, dict) else value for value in told.values()]


def write(survey: Survey, codes: set[str], mous: Mapping[str, HeldMous]) -> None:
    """For projects and MOUSs that were in the index before."""
    _write_projects(survey, codes)
    plain: list[tuple] = []
    exceptional: dict[str, dict] = {}
    for uid, held in mous.items():
        told = _told(survey, uid, held.facts)
        if told != held.facts:
            if held.only_alma:
                plain.append((held.id, *_written(told)))
            else:
                exceptional[uid] = _as_facts(told, held.facts)
                MemberOUS.objects.filter(pk=held.id).update(array=told.array)
    _update_mous(plain)
    if exceptional:
        facts.apply_facts({"mous": exceptional})


def _told(survey: Survey, uid: str, had: OfMous) -> OfMous:
    """What it is to have by these rows; where they say nothing, what it has."""
    release, passed = survey.of_mous[RELEASE].of(uid), survey.of_mous[FAILED].of(uid)
    array = index_codes.array_word(survey.of_mous[ARRAY].of(uid) or 0)
    # T does not tell a pass from a semi-pass, but it is no failure
    state = {None: had.qa2_state, 0: "FAIL", 1: "" if had.qa2_state == "FAIL" else had.qa2_state}[passed]
    return OfMous(
        survey.of_mous[SB].of(uid) or had.sb_name,
        had.array or array,
        had.stated_release if release is None else release,
        state,
    )


def _as_facts(told: OfMous, had: OfMous) -> dict:
    found: dict = {}
    if told.sb_name != had.sb_name:
        found["sb_name"] = told.sb_name
    if told.stated_release != had.stated_release:
        found["release_at"] = (_EPOCH + timedelta(microseconds=told.stated_release)).isoformat()
    if told.qa2_state != had.qa2_state and told.qa2_state:
        found["qa2"] = told.qa2_state
    return found


_UPDATE_MOUS = """
UPDATE archive_memberous m SET sb_name = t.sb_name, "array" = t."array", stated_release_at = t.release,
    release_at = coalesce(t.release, m.release_at), qa2_state = t.qa2,
    release_origin = CASE WHEN t.release IS NULL THEN m.release_origin ELSE 'ALMA' END
FROM told t WHERE m.id = t.id
"""


def _update_mous(rows: list[tuple]) -> None:
    kinds = {"id": "int8", "sb_name": "text", "array": "text", "release": "timestamptz", "qa2": "text"}
    copying.run(_UPDATE_MOUS, "told", kinds, rows)


_HELD_PROJECTS = """
SELECT p.*, a.name AS pi_account FROM archive_project p LEFT JOIN archive_almaaccount a ON a.id = p.pi_id
WHERE p.code = ANY(%s)
"""


def _write_projects(survey: Survey, codes: set[str]) -> None:
    changed, named, doubted = [], [], {}
    for project in Project.objects.raw(_HELD_PROJECTS, [sorted(codes)]):
        told = of_project(survey, project.code, project)
        if any(getattr(project, name) != value for name, value in told.items()):
            changed.append((project.pk, *_texts(told)))
        pi = survey.of_project["pi_userid"].of(project.code)
        if pi and project.pi_account is None:
            named.append((project.pk, pi))
        elif pi and project.pi_account != pi:
            doubted[project.code] = {"pi": pi}
    copying.run(_UPDATE_PROJECTS, "told", {"id": "int8", **WRITTEN}, changed)
    copying.run(_NAME_PIS, "told", {"id": "int8", "pi": "text"}, named)
    if doubted:
        facts.apply_facts({"projects": doubted})


def of_project(survey: Survey, code: str, had: Project) -> dict:
    told = {}
    for name, column in _TEXTS.items():
        said = survey.of_project[column]
        answer = said.of(code) if column in _SURE else said.answers.get(code)
        told[name] = answer or getattr(had, name)
    told["pi_key"] = words.plain(told["pi_name"])[:256]
    papers = {name: survey.of_project[name].answers.get(code) for name in columns.PUBLICATIONS}
    told["publications"] = {name: said for name, said in papers.items() if said} or had.publications
    return told


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
