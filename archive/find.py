"""What a reader writes, and the row it names: a project code, a uid in any spelling, or a part of a code.

Only rows that the reader may know of are looked at, also for hints and counts: what is hidden from her takes the same
way through here as what was never there, with the same queries, and ends in the same words.
"""

from dataclasses import dataclass, field

from archive import access, uids
from archive.absences import UnknownMousError, UnknownProjectError
from archive.models import ExecutionBlock, GroupOUS, MemberOUS, Project

MOST_HITS = 50


@dataclass(frozen=True)
class Found:
    """`exact` is the one row that the text names; `projects` are those with the text in their code."""

    exact: Project | MemberOUS | None = None
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


def search(text, user, now):
    if uids.is_uid(text):
        return Found(exact=_with_uid(uids.canonical(text), user, now))
    known = Project.objects.filter(access.visible_projects(user, now))
    exact = known.filter(code__iexact=text).first() if text else None
    return Found(exact=exact, projects=list(known.filter(code__icontains=text)[:MOST_HITS]))


def _project(code, known):
    code = code.replace("\0", "")  # PostgreSQL has no such character
    found = known.select_related("pi").filter(code__iexact=code).first()
    if found is None:
        raise UnknownProjectError(code, near=known.filter(code__istartswith=code).first())
    return found


def _mous(text, known):
    if not uids.is_uid(text):
        raise UnknownMousError(text)
    found = known.select_related("gous__project__pi").filter(uid=uids.canonical(text)).first()
    if found is None:
        raise UnknownMousError(uids.canonical(text))
    return found


def _with_uid(uid, user, now):
    """The MOUS itself, the MOUS of an execution block, or the project of a group."""
    blocks = ExecutionBlock.objects.filter(access.visible_to(user, now, via="mous"), uid=uid)
    groups = GroupOUS.objects.filter(access.visible_projects(user, now, via="project"), uid=uid)
    eb, group = blocks.select_related("mous").first(), groups.select_related("project").first()
    named = MemberOUS.objects.filter(access.visible_to(user, now), uid=uid).first()
    return named or (eb and eb.mous) or (group and group.project)
