"""PI, release time, QA2 state and the rest that rows say of their MOUS and project, written where it belongs.

The rules are those of `archive.facts`.  A MOUS that nothing was delivered of and nobody decided about has no authority
but ALMA's: it is written with all others like it in one statement.  The few others go through `apply_facts`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from psycopg.types.json import Jsonb

from archive import facts, index_codes
from archive.models import Decision, MemberOUS, Project
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


@dataclass(frozen=True)
class OfMous:
    """What a MOUS has, or is to have."""

    sb_name: str
    array: str
    stated_release_at: datetime | None
    qa2_state: str


NEW_MOUS = OfMous("", "", None, "")


def of_new_mous(survey: Survey, uid: str) -> tuple:
    """What a MOUS is made with: sb_name, array, release time, QA2 state."""
    told = _told(survey, uid, NEW_MOUS)
    return told.sb_name, told.array, told.stated_release_at, told.qa2_state


def of_new_project(survey: Survey, code: str) -> dict:
    """What a project is made with, and its PI."""
    told = of_project(survey, Project(code=code))
    return told | {"publications": Jsonb(told["publications"]), "pi": survey.of_project["pi_userid"].of(code)}


def write(survey: Survey) -> None:
    """For MOUSs and projects that were in the index before."""
    kept = set(survey.rows.family[survey.rows.good].tolist())
    good = [family for family, number in survey.families.items() if number in kept]
    _write_projects(survey, {code for code, _, _ in good})
    _write_mous(survey, {mous for _, _, mous in good if mous})


def _write_mous(survey: Survey, uids: set[str]) -> None:
    plain: list[tuple] = []
    exceptional: dict[str, dict] = {}
    decided = set(Decision.objects.filter(about=Decision.About.QA2).values_list("mous__uid", flat=True))
    for mous in MemberOUS.objects.filter(uid__in=uids).defer("qa2_comment", "parts_seen").iterator(10_000):
        had = OfMous(mous.sb_name, mous.array, mous.stated_release_at, mous.qa2_state)
        told = _told(survey, mous.uid, had)
        if told == had:
            continue
        if _only_alma_speaks(mous) and mous.uid not in decided:
            plain.append((mous.pk, told.sb_name, told.array, told.stated_release_at, told.qa2_state))
        else:
            exceptional[mous.uid] = _as_facts(told, had)
            MemberOUS.objects.filter(pk=mous.pk).update(array=told.array)
    _update_mous(plain)
    if exceptional:
        facts.apply_facts({"mous": exceptional})


def _only_alma_speaks(mous: MemberOUS) -> bool:
    by_staff = mous.release_origin == MemberOUS.ReleaseOrigin.STAFF
    return not by_staff and mous.delivered_at is None and mous.raw_released_at is None


def _told(survey: Survey, uid: str, had: OfMous) -> OfMous:
    """What it is to have by these rows; where they say nothing, what it has."""
    release, passed = survey.of_mous[RELEASE].of(uid), survey.of_mous[FAILED].of(uid)
    array = index_codes.array_word(survey.of_mous[ARRAY].of(uid) or 0)
    # T does not tell a pass from a semi-pass, but it is no failure
    state = {None: had.qa2_state, 0: "FAIL", 1: "" if had.qa2_state == "FAIL" else had.qa2_state}[passed]
    return OfMous(
        survey.of_mous[SB].of(uid) or had.sb_name,
        had.array or array,
        had.stated_release_at if release is None else _EPOCH + timedelta(microseconds=release),
        state,
    )


def _as_facts(told: OfMous, had: OfMous) -> dict:
    found: dict = {}
    if told.sb_name != had.sb_name:
        found["sb_name"] = told.sb_name
    if told.stated_release_at != had.stated_release_at and told.stated_release_at is not None:
        found["release_at"] = told.stated_release_at.isoformat()
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
    names = ("id", "sb_name", "array", "release", "qa2")
    _from_told(_UPDATE_MOUS, names, ("int8", "text", "text", "timestamptz", "text"), rows)


def _from_told(sql: str, names: tuple[str, ...], kinds: tuple[str, ...], rows: list[tuple]) -> None:
    """Run `sql`, which takes what it needs from the table `told`."""
    if rows:
        described = ", ".join(f'"{name}" {kind}' for name, kind in zip(names, kinds, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE told ({described}) ON COMMIT DROP")
            copying.copy_texts("told", names, rows, kinds)
            cursor.execute("ANALYZE told")
            cursor.execute(sql)
            cursor.execute("DROP TABLE told")


def _write_projects(survey: Survey, codes: set[str]) -> None:
    changed, named, doubted = [], [], {}
    for project in Project.objects.filter(code__in=codes).select_related("pi"):
        told = of_project(survey, project)
        if any(getattr(project, name) != value for name, value in told.items()):
            changed.append((project.pk, *(Jsonb(v) if isinstance(v, dict) else v for v in told.values())))
        pi = survey.of_project["pi_userid"].of(project.code)
        if pi and project.pi is None:
            named.append((project.pk, pi))
        elif pi and project.pi.name != pi:
            doubted[project.code] = {"pi": pi}
    _from_told(_UPDATE_PROJECTS, ("id", *WRITTEN), ("int8", *WRITTEN.values()), changed)
    _from_told(_NAME_PIS, ("id", "pi"), ("int8", "text"), named)
    if doubted:
        facts.apply_facts({"projects": doubted})


def of_project(survey: Survey, project: Project) -> dict:
    told = {}
    for name, column in _TEXTS.items():
        said = survey.of_project[column]
        answer = said.of(project.code) if column in _SURE else said.answers.get(project.code)
        told[name] = answer or getattr(project, name)
    told["pi_key"] = words.plain(told["pi_name"])[:256]
    papers = {name: survey.of_project[name].answers.get(project.code) for name in columns.PUBLICATIONS}
    told["publications"] = {name: said for name, said in papers.items() if said} or project.publications
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
