"""What a reader writes, and the row it names: a project code, a uid in any spelling, or a part of a code.

Only rows that the reader may know of are looked at, also for hints and counts: what is hidden from her takes the same
way through here as what was never there, with the same queries, and ends in the same words.
"""

import re
from dataclasses import dataclass, field

from django.db.models import F, Q

from archive import access, uids
from archive.absences import UnknownGousError, UnknownMousError, UnknownProjectError
from archive.models import AnnouncedBlock, ExecutionBlock, GroupOUS, MemberOUS, Project

MOST_HITS = 50
_SUFFIXED = re.compile(r"(20\d\d\.[0-9A-Z]\.\d{5}\.)[A-Z]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """`exact` is the one row that the text names; `projects` are those with the text in their code."""

    exact: Project | GroupOUS | MemberOUS | None = None
    projects: list[Project] = field(default_factory=list)


def project(code, user, now):
    return _project(code, Project.objects.filter(access.visible_projects(user, now)))


def project_on_server(code):
    """For commands on the server alone: whoever may run them sees every project."""
    return _project(code, Project.objects.all())


def mous(text, user, now):
    """The MOUS of a uid, whatever its spelling."""
    return _mous(text, MemberOUS.objects.filter(access.visible_to(user, now)))


def mous_on_server(text):
    """For commands on the server alone: whoever may run them sees every MOUS."""
    return _mous(text, MemberOUS.objects.all())


def gous(text, user, now):
    """A group by its uid.  A placeholder is none: ObsCore has not said to which group its MOUS belongs."""
    if not uids.is_uid(text):
        raise UnknownGousError(text)
    uid = uids.canonical(text)
    found = _groups(user, now).select_related("project__pi").filter(uid=uid).first()
    if found is None:
        raise UnknownGousError(uid)
    return found


def search(text, user, now):
    if uids.names_mous(text):
        return Found(exact=_with_name(uids.mous_name(text), user, now))
    known = Project.objects.filter(access.visible_projects(user, now))
    exact = known.filter(code__iexact=text).first() if text else None
    return Found(exact=exact, projects=list(known.filter(_like(text))[:MOST_HITS]))


def _like(text):
    """A part of the code; of a code with another suffix, what stands before it."""
    whole = _SUFFIXED.fullmatch(text)
    return Q(code__istartswith=whole[1]) if whole else Q(code__icontains=text)


def _project(code, known):
    code = code.replace("\0", "")  # PostgreSQL has no such character
    found = known.select_related("pi").filter(code__iexact=code).first()
    if found is None:
        raise UnknownProjectError(code, near=known.filter(code__istartswith=code).first())
    return found


def _mous(text, known):
    if not uids.names_mous(text):
        raise UnknownMousError(text)
    name = uids.mous_name(text)
    found = known.select_related("gous__project__pi").filter(_called(name)).first()
    if found is None:
        raise UnknownMousError(name)
    return found


def _called(name):
    """By its uid, or by the id of its Cycle 0 delivery, also when ObsCore has given it a uid since."""
    return Q(delivery_id=name) if uids.delivery_id(name) else Q(uid=name)


def _groups(user, now):
    return GroupOUS.objects.filter(access.visible_groups(user, now)).exclude(members__uid=F("uid"))


def _with_name(name, user, now):
    """The MOUS itself, the MOUS of an execution block (delivered, or announced by ObsCore), or a group."""
    named = MemberOUS.objects.filter(access.visible_to(user, now)).filter(_called(name)).first()
    delivered = ExecutionBlock.objects.filter(access.visible_to(user, now, via="mous"), uid=name)
    announced = AnnouncedBlock.objects.filter(access.visible_to(user, now, via="mous"), uid=name)
    eb = delivered.select_related("mous").first()
    told = announced.select_related("mous").first()
    group = _groups(user, now).filter(uid=name).first()
    return named or (eb and eb.mous) or (told and told.mous) or group
