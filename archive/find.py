"""What a reader writes, and the row it names: a project code, a uid in any spelling, or a part of a code."""

from dataclasses import dataclass, field

from archive import uids
from archive.absences import UnknownMousError, UnknownProjectError
from archive.models import ExecutionBlock, GroupOUS, MemberOUS, Project

MOST_HITS = 50


@dataclass(frozen=True)
class Found:
    """`exact` is the one row that the text names; `projects` are those with the text in their code."""

    exact: Project | MemberOUS | None = None
    projects: list[Project] = field(default_factory=list)


def project(code):
    code = code.replace("\0", "")  # PostgreSQL has no such character
    found = Project.objects.select_related("pi").filter(code__iexact=code).first()
    if found is None:
        raise UnknownProjectError(code, near=Project.objects.filter(code__istartswith=code).first())
    return found


def mous(text):
    """The MOUS of a uid, whatever its spelling."""
    if not uids.is_uid(text):
        raise UnknownMousError(text)
    found = MemberOUS.objects.select_related("gous__project__pi").filter(uid=uids.canonical(text)).first()
    if found is None:
        raise UnknownMousError(uids.canonical(text))
    return found


def search(text):
    if uids.is_uid(text):
        return Found(exact=_with_uid(uids.canonical(text)))
    exact = Project.objects.filter(code__iexact=text).first() if text else None
    return Found(exact=exact, projects=list(Project.objects.filter(code__icontains=text)[:MOST_HITS]))


def _with_uid(uid):
    """The MOUS itself, the MOUS of an execution block, or the project of a group."""
    eb = ExecutionBlock.objects.select_related("mous").filter(uid=uid).first()
    group = GroupOUS.objects.select_related("project").filter(uid=uid).first()
    return MemberOUS.objects.filter(uid=uid).first() or (eb and eb.mous) or (group and group.project)
