"""What packages do not hold: PI account, delivery and release times, QA states.

They come from ALMA (ObsCore) or from a facts file of the operator, never from the times inside a tar: those are the
dates of repackaging.  Without them a MOUS is proprietary, has no PI, and stands on the staff's list.
docs/operating.md documents the file.

What staff have decided stands: a file that names another PI, or another QA2 state than staff decided, is a finding.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from archive import findings, release, uids
from archive.errors import ArchiveError
from archive.models import AlmaAccount, Decision, ExecutionBlock, MemberOUS, Project, QAState
from archive.readers import obscore

KEYS = {
    "projects": {"title", "pi"},
    "mous": {"delivered_at", "release_at", "raw_released_at", "qa2", "qa2_comment", "sb_name"},
    "execution_blocks": {"qa0"},
}
LONGEST = {"title": 256, "pi": 150, "sb_name": 128}
# What moves the release, by the columns it is kept in
TIMES = {"delivered_at": "delivered_at", "release_at": "stated_release_at", "raw_released_at": "raw_released_at"}
NO_FACTS = "no-facts"
PI_DISAGREES = "pi-disagrees"
QA2_DISAGREES = "qa2-disagrees"
log = logging.getLogger(__name__)


class FactsError(ArchiveError):
    code = "bad-facts"

    def __init__(self, sentence):
        super().__init__(f"The facts file was not used: {sentence}", "Correct it (docs/operating.md) and run again.")


@dataclass
class FactsReport:
    """What a facts file named, and what of it the index does not hold (yet)."""

    applied: list = field(default_factory=list)
    unknown: list = field(default_factory=list)


def read_facts(path: Path, *, tell: Callable[[str], object] = log.warning) -> dict:
    """The file's contents, JSON or (`.csv`) ObsCore rows, checked whole before anything is used; else `FactsError`.

    Lines of ObsCore that cannot be used are left out, and `tell` hears a sentence about each.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        facts = _from_obscore(text, tell) if path.suffix.lower() == ".csv" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise FactsError(f"{path} cannot be read ({error}).") from error
    _check(facts)
    return facts


def _from_obscore(text, tell):
    read = obscore.parse(text)
    for sentence in read.bad:
        tell(sentence)
    return read.facts


@transaction.atomic
def apply_facts(facts: dict) -> FactsReport:
    """Write checked facts onto the rows they name; names that are not indexed are reported, not made up."""
    report = FactsReport()
    for code, values in facts.get("projects", {}).items():
        _note(report, code, _write_project(code, values))
    for uid, values in facts.get("mous", {}).items():
        _note(report, uid, _write_mous(uid, values))
    for uid, values in facts.get("execution_blocks", {}).items():
        rows = ExecutionBlock.objects.filter(uid=uids.canonical(uid))
        _note(report, uid, _write(rows, {"qa0_state": values["qa0"]} if "qa0" in values else {}))
    named = _called(facts.get("mous", {})) | Q(gous__project__code__in=facts.get("projects", {}))
    for mous in MemberOUS.objects.filter(named).select_related("gous__project"):
        note_missing(mous)
    return report


def note_missing(mous: MemberOUS) -> None:
    """Put a MOUS without PI or delivery time on the staff's list, or take it off."""
    complete = mous.project.pi_id is not None and mous.delivered_at is not None
    if complete:
        findings.settle(mous, NO_FACTS)
    else:
        findings.report(mous, NO_FACTS, f"No PI or delivery time is known for {mous.uid}.")


def _called(names):
    """MOUSs by uid, or by the id of a Cycle 0 delivery."""
    known = [uids.mous_name(name) for name in names]
    return Q(uid__in=known) | Q(delivery_id__in=known)


def _note(report, name, found):
    (report.applied if found else report.unknown).append(name)


def _write(rows, fields):
    """Whether there was such a row."""
    return rows.update(**fields) if fields else rows.exists()


def _write_project(code, values):
    project = Project.objects.select_for_update().filter(code=code).first()
    if project is None:
        return False
    if "pi" in values:
        _name_pi(project, values["pi"])
    return _write(Project.objects.filter(pk=project.pk), {"title": values["title"]} if "title" in values else {})


def _name_pi(project, name):
    """The first PI of a project is taken as given; another one has to be decided by staff, for her data go with it."""
    if project.pi is None:
        project.pi = AlmaAccount.objects.get_or_create(name=name)[0]
        project.save(update_fields=["pi"])
    for mous in MemberOUS.objects.filter(gous__project=project):
        doubt = f"The facts name {name} as PI of {project.code}; here it is {project.pi.name}, until staff change it."
        findings.restate(mous, PI_DISAGREES, doubt if project.pi.name != name else "")


def _write_mous(uid, values):
    rows = MemberOUS.objects.filter(_called([uid]))
    fields = {column: _time(values[key], uid, key) for key, column in TIMES.items() if key in values}
    names = {"qa2_comment": "qa2_comment", "sb_name": "sb_name"}
    fields |= {column: values[key] for key, column in names.items() if key in values}
    found = _write(rows, fields)
    for mous in rows:
        if TIMES.keys() & values:
            release.settle(mous)
        if "qa2" in values:
            _judge(mous, values["qa2"])
    return found


def _judge(mous, state):
    differs = state != mous.qa2_state
    if differs and not mous.decisions.filter(about=Decision.About.QA2).exists():
        MemberOUS.objects.filter(pk=mous.pk).update(qa2_state=state)
        differs = False
    doubt = f"The facts give {mous.uid} QA2 {state or 'unknown'}; staff decided {mous.qa2_state}, and that stands."
    findings.restate(mous, QA2_DISAGREES, doubt if differs else "")


def _refuse_unknown(values, allowed, where):
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise FactsError(f"{where} has the unknown key {unknown[0]!r}; known are {', '.join(sorted(allowed))}.")


def _check(facts):
    if not isinstance(facts, dict):
        raise FactsError(f"it must hold an object with the keys {', '.join(KEYS)}.")
    _refuse_unknown(facts, KEYS, "the file")
    for section, allowed in KEYS.items():
        entries = facts.get(section, {})
        if not isinstance(entries, dict):
            raise FactsError(f"{section} must be an object of names.")
        for name, values in entries.items():
            _check_entry(section, name, values, allowed)


def _check_entry(section, name, values, allowed):
    if not isinstance(values, dict):
        raise FactsError(f"{section} {name} must be an object.")
    _refuse_unknown(values, allowed, f"{section} {name}")
    if section != "projects" and not (uids.names_mous if section == "mous" else uids.is_uid)(name):
        raise FactsError(f"{name!r} is not an ALMA identifier.")
    for key, value in values.items():
        CHECKS[key](value, name, key)


def _check_text(value, name, key):
    longest = LONGEST.get(key)
    if not isinstance(value, str):
        raise FactsError(f"{key} of {name} is {value!r}; it must be a text.")
    if longest and len(value) > longest:
        raise FactsError(f"{key} of {name} has {len(value)} characters; {longest} are the most.")
    if "\0" in value:
        raise FactsError(f"{key} of {name} has a character that cannot be kept.")


def _check_account(value, name, key):
    _check_text(value, name, key)
    if not value.strip():
        raise FactsError(f"{key} of {name} is empty; leave it out when nobody is known.")


def _check_state(value, name, key):
    if value not in QAState.values:
        raise FactsError(f"{key} of {name} is {value!r}; it must be PASS, SEMIPASS, FAIL or empty.")


def _time(text, name, key):
    """An ISO 8601 time with its zone, in UTC: a release at an unknown hour would open data too early."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise FactsError(f"{key} of {name} is {text!r}, not an ISO 8601 time.") from error
    if time.tzinfo is None:
        raise FactsError(f"{key} of {name} has no time zone; end it with Z for UTC.")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise FactsError(f"{key} of {name} is {text!r}, beyond the calendar.") from error


CHECKS = {
    "title": _check_text,
    "pi": _check_account,
    "sb_name": _check_text,
    "qa2_comment": _check_text,
    "delivered_at": _time,
    "release_at": _time,
    "raw_released_at": _time,
    "qa0": _check_state,
    "qa2": _check_state,
}
