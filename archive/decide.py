"""What staff decide: by whom it may be decided, for which reason, and what follows from it.

A decision takes effect at once, in one transaction with its row in the history and with the letter to the PI, which
is sent after that.  Rows are locked before they are looked at, so that two decisions come one after the other.
"""

from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q

from archive import access, gifts, notices, refusals, release
from archive.models import NEVER, AlmaAccount, Decision, MemberOUS, Project, QAState, StaffAssignment
from archive.staff import Role, require_role

About = Decision.About


@transaction.atomic
def change_release(mous, release_at, *, by, reason, now):
    """Make the data of `mous` public from `release_at` on; None: from when ALMA, or else the policy, says."""
    row = for_scientist(MemberOUS, mous, by, reason)
    wanted = _time(release_at) if release_at else None
    before, by_staff = _release(row), row.release_origin == release.Origin.STAFF
    if (by_staff, row.release_at) == (True, wanted) or (by_staff, wanted) == (False, None):
        raise refusals.UnchangedError(f"The release of {row.uid} is {before}")
    release.decided(row, wanted)
    made = record(About.RELEASE, row, before, _release(row), by=by, reason=reason, now=now)
    notices.tell_pi(made, f"The release time of {row.uid} is now: {made.after}. It was: {before}.")
    mous.refresh_from_db(fields=["release_at", "release_origin"])
    return made


@transaction.atomic
def change_qa2(mous, state, *, by, reason, now):
    row = for_scientist(MemberOUS, mous, by, reason)
    if state not in QAState.values or not state:
        raise refusals.UnknownStateError(state)
    before = row.qa2_state
    if state == before:
        raise refusals.UnchangedError(f"The QA2 state of {row.uid} is {state}")
    row.qa2_state = mous.qa2_state = state
    row.save(update_fields=["qa2_state"])
    made = record(About.QA2, row, before or "unknown", state, by=by, reason=reason, now=now)
    notices.tell_pi(made, f"The QA2 state of {row.uid} is {state}; it was {made.before}.")
    return made


@transaction.atomic
def change_pi(project, alma_name, *, by, reason, now):
    """Give the project to another PI.  What the former one delegated was hers to give: it ends with her."""
    row = for_scientist(Project, project, by, reason)
    account = AlmaAccount.objects.select_related("user").filter(name=alma_name).first()
    if account is None:
        raise refusals.UnknownAlmaAccountError(alma_name)
    if account.user == by:
        raise refusals.OwnProjectError(row)
    former = row.pi
    if account == former:
        raise refusals.UnchangedError(f"The PI of {row.code} is {alma_name}")
    row.pi = project.pi = account
    row.save(update_fields=["pi"])
    ended = gifts.end_of_project(row, by=by, now=now)
    made = record(About.PI, row, former.name if former else "", alma_name, by=by, reason=reason, now=now)
    gone = f" {ended} delegations and invitations of the former PI have ended." if ended else ""
    notices.tell_pi(made, f"You are the PI of {row.code} now, and have its data.{gone}")
    if former and former.user:
        notices.tell_former(former.user, made, f"You are no longer the PI of {row.code}.{gone}")
    return made


@transaction.atomic
def set_confidential(project, confidential, *, by, reason, now):
    row = for_scientist(Project, project, by, reason)
    if row.confidential == confidential:
        raise refusals.UnchangedError(f"{row.code} is {_hidden(confidential)}")
    row.confidential = project.confidential = confidential
    row.save(update_fields=["confidential"])
    before, after = _hidden(not confidential), _hidden(confidential)
    made = record(About.CONFIDENTIALITY, row, before, after, by=by, reason=reason, now=now)
    notices.tell_pi(made, f"The project {row.code} is {after} now; it was {before}.")
    return made


@transaction.atomic
def assign(project, person, *, by, reason, now):
    """Open the data of the project to a data reducer or archive scientist, by the word of another."""
    person = _locked(person)
    row = for_scientist(Project, project, by, reason)
    if person == by:
        raise refusals.OwnAssignmentError(row)
    if not assignable().filter(pk=person.pk).exists():
        raise refusals.NotAssignableError(person)
    if row.assignments.filter(person=person, ended_at=None).exists():
        raise refusals.UnchangedError(f"{person} is assigned to {row.code}")
    facts = {"assigned_by": by, "assigned_at": now, "reason": why(reason)}
    made = StaffAssignment.objects.create(project=row, person=person, **facts)
    what = record(About.ASSIGNMENT, row, "", "assigned", person=person, by=by, reason=reason, now=now)
    notices.tell_pi(what, f"{person} of the archive staff may have the data of {row.code}.")
    return made


@transaction.atomic
def end_assignment(project, person, *, by, reason, now):
    row = for_scientist(Project, project, by, reason)
    if not _end_assignments(row.assignments.filter(person=person), by=by, reason=reason, now=now):
        raise refusals.NotAssignedError(row, person)


@transaction.atomic
def appoint(person, role, *, by, reason, now):
    """Give an account a role of staff; what the role may decide it may from now on."""
    group, row = _role_for_another(person, role, by), _locked(person)
    if not row.is_active:
        raise refusals.InactiveAccountError(row)
    if row.is_staff and group in row.groups.all():
        raise refusals.UnchangedError(f"{row} is {role}")
    before = _roles(row)
    row.groups.add(group)
    _mark_staff(row, person)
    return record(About.ROLE, None, before, _roles(row), person=row, by=by, reason=reason, now=now)


@transaction.atomic
def dismiss(person, role, *, by, reason, now):
    """Take a role away.  Who has no reading role any more is assigned nowhere: a later role must not bring it back."""
    group, row = _role_for_another(person, role, by), _locked(person)
    if group not in row.groups.all():
        raise refusals.UnchangedError(f"{row} is no {role}")
    before = _roles(row)
    row.groups.remove(group)
    _mark_staff(row, person)
    made = record(About.ROLE, None, before, _roles(row), person=row, by=by, reason=reason, now=now)
    if not assignable().filter(pk=row.pk).exists():
        _end_assignments(StaffAssignment.objects.filter(person=row), by=by, reason=reason, now=now)
    return made


def _mark_staff(row, person):
    row.is_staff = person.is_staff = row.is_superuser or bool(_roles(row))
    row.save(update_fields=["is_staff"])


def moment(text):
    """The time that somebody wrote, with its zone: a release at an unknown hour could open data too early."""
    try:
        return _time(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise refusals.UnusableTimeError(text) from error


def assignable():
    """The accounts to which an assignment would open something; a superuser is none by that alone."""
    reading = Q(groups__name__in=access.READING_ROLES)
    return get_user_model().objects.filter(reading, is_active=True, is_staff=True).distinct().order_by("username")


def for_scientist(model, row, by, reason):
    """The row as it is now, locked, for somebody who may decide about it and says why."""
    require_role(by, Role.ARCHIVE_SCIENTIST)
    why(reason)
    return model.objects.select_for_update(of=("self",)).get(pk=row.pk)


def _locked(person):
    """The account as it is now.  It is locked before any project: assigning and dismissing wait for each other."""
    return type(person).objects.select_for_update().get(pk=person.pk)


def _role_for_another(person, role, by):
    require_role(by, Role.ADMINISTRATOR)
    if role not in Role.values:
        raise refusals.UnknownRoleError(role)
    if person == by:
        raise refusals.OwnRoleError
    return Group.objects.get_or_create(name=role)[0]


def record(about, subject, before, after, *, by, reason, now, person=None):
    mous = subject if isinstance(subject, MemberOUS) else None
    project = mous.project if mous else subject
    facts = {"project": project, "mous": mous, "person": person, "before": before, "after": after}
    return Decision.objects.create(about=about, by=by, reason=why(reason), at=now, **facts)


def why(reason):
    said = reason.replace("\0", "").strip()
    if not said:
        raise refusals.ReasonMissingError
    return said


def _time(at):
    if at.tzinfo is None or at > NEVER:
        raise refusals.UnusableTimeError(at.isoformat())
    return at.astimezone(UTC)


def _release(row):
    return f"{_said(row.release_at)} ({row.release_origin or 'unknown'})"


def _said(at):
    return "no known date" if at >= NEVER else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _hidden(confidential):
    return "confidential" if confidential else "open"


def _roles(person):
    held = person.groups.filter(name__in=Role.values).order_by("name")
    return ", ".join(held.values_list("name", flat=True))


def _end_assignments(rows, *, by, reason, now):
    ended = list(rows.filter(ended_at=None).select_related("project__pi__user", "person"))
    for each in ended:
        StaffAssignment.objects.filter(pk=each.pk, ended_at=None).update(ended_at=now, ended_by=by)
        facts = {"person": each.person, "by": by, "reason": reason, "now": now}
        made = record(About.ASSIGNMENT, each.project, "assigned", "", **facts)
        notices.tell_pi(made, f"{each.person} of the archive staff has no more access to {each.project.code}.")
    return ended
