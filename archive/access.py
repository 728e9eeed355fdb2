"""Who may have which data, and who may know of them.  This module is the only one that knows the rule.

The description of an observation is public from the day it is indexed.  Its data, raw or restored or imaged, belong
to the principal investigator until the release time: until then only the PI, the people the PI has named as delegees,
and archive staff assigned to the project may have them (FACTS 7).  Who has no account may have what is released, but
may not have work done.

A project may be confidential.  Then not even its name is for others, and no release time opens it: staff first have
to lift the confidentiality (docs/decisions/0008).
"""

from functools import cache

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, BooleanField, Case, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When

from archive import places, repeated
from archive.absences import UnknownMousError
from archive.access_refusals import AccountNeededError, DownloadOnlyError, refusal
from archive.grounds import Grants, Ground
from archive.models import AccessRecord, Delegation, DelegationRole, MemberOUS, Project, Source, StaffAssignment
from archive.staff import Role, has_role

Rule = AccessRecord.Rule
# Whose assignment opens bytes: operators and administrators do not need them for their work.
READING_ROLES = (Role.DATA_REDUCER, Role.ARCHIVE_SCIENTIST)
HOLDERS_ROLES = (Role.OPERATOR, Role.ARCHIVE_SCIENTIST)  # who sees to the queue, and who withdraws
# The words of the index (archive/ingest.py) for what is observed to calibrate and can be seen in an image
CALIBRATOR_INTENTS = ["AMPLITUDE", "BANDPASS", "CHECK", "PHASE", "POLANGLE", "POLARIZATION", "POLLEAKAGE"]


def _path(via):
    return f"{via}__" if via else ""


def _in_force(now):
    return Delegation.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


def _delegations(user, now, role=None):
    """Delegations of `user` that are in force at `now`; with `role`, those that include it."""
    enough = Q(role=DelegationRole.PROCESS) if role == DelegationRole.PROCESS else Q()
    return _in_force(now).filter(enough, delegee=user)


def _assignments(user):
    return reading_assignments().filter(person=user)


def _own(user, given, project):
    """Rows whose `project` (an `OuterRef`) is the user's own, as PI or assigned staff, or is among the `given`.

    By `EXISTS`, clause by clause: the database looks up one row in an index, and hashes the few rights for many rows.
    """
    pi = Project.objects.filter(pk=project, pi__user=user)
    return (
        Q(Exists(pi)) | Q(Exists(given.filter(project=project))) | Q(Exists(_assignments(user).filter(project=project)))
    )


def reading_assignments():
    """Assignments that open bytes; one of a person with two of the roles comes twice."""
    return StaffAssignment.objects.filter(ended_at=None, person__is_staff=True, person__groups__name__in=READING_ROLES)


def has_account(user):
    """Who has none, or no longer, is nobody to the rule."""
    return user.is_authenticated and user.is_active


def released(now, *, via=""):
    """Rows whose data are public at `now` (UTC), as a `Q`; `via` is the lookup path to the `MemberOUS`."""
    path = _path(via)
    open_now = {f"{path}release_at__lte": now, f"{path}gous__project__confidential": False, f"{path}recalled_at": None}
    return Q(**open_now)


def granted(user, now, *, via="", role=None):
    """Rows in whose data `user` has a right before release, recalled or not: PI, active delegee, assigned staff."""
    if not has_account(user):
        return Q(pk__in=[])
    given, project = _delegations(user, now, role), OuterRef(f"{_path(via)}gous__project")
    single = Exists(given.filter(project=project, mous=OuterRef(via or "pk")))
    return _own(user, given.filter(mous=None), project) | Q(single)


def readable_by(user, now, *, via=""):
    """What is released, and what is granted; of a recalled MOUS assigned staff alone have data (decision 0031)."""
    held = granted(user, now, via=via) & Q(**{f"{_path(via)}recalled_at": None})
    if not has_account(user):
        return released(now, via=via)
    assigned = _assignments(user).filter(project=OuterRef(f"{_path(via)}gous__project"))
    return released(now, via=via) | held | Q(Exists(assigned))


def open_calibrators(images, *, via="mous", source="source"):
    """Rows among `images` (a `Q` for what is an image) that are public for showing a calibrator alone, if that is set.

    The indexed intents of the source decide, never a name of a file; what is a target anywhere in the project, under
    this name or at this place, is not open, nor is anything confidential.
    """
    if not settings.PUBLIC_CALIBRATOR_IMAGES:
        return Q(pk__in=[])
    here = (F("ra_deg"), F("dec_deg"))
    place = places.together(here, (OuterRef(f"{source}__ra_deg"), OuterRef(f"{source}__dec_deg")))
    targets = Source.objects.filter(
        Q(key=OuterRef(f"{source}__key")) | Q(place),
        mous__gous__project=OuterRef(f"{via}__gous__project"),
        intents__contains=["TARGET"],
    )
    calibrator = Q(**{f"{source}__intents__overlap": CALIBRATOR_INTENTS, f"{via}__gous__project__confidential": False})
    calibrator &= Q(**{f"{via}__recalled_at": None})
    return images & calibrator & ~Exists(targets)


def visible_to(user, now, *, via=""):
    """Rows of MOUSs that `user` may know of: what is not confidential, and what is granted."""
    return Q(**{f"{_path(via)}gous__project__confidential": False}) | granted(user, now, via=via)


def visible_projects(user, now, *, via=""):
    """Rows of projects that `user` may know of; `via` is the lookup path to the `Project`."""
    open_to_all = Q(**{f"{_path(via)}confidential": False})
    return (
        open_to_all | _own(user, _delegations(user, now), OuterRef(via or "pk")) if has_account(user) else open_to_all
    )


def visible_groups(user, now):
    """Rows of groups that `user` may know of: who was named one MOUS of a hidden project knows of its group alone."""
    open_to_all = Q(project__confidential=False)
    if not has_account(user):
        return open_to_all
    given = _delegations(user, now)
    single = Exists(given.filter(mous__gous=OuterRef("pk")))
    return open_to_all | _own(user, given.filter(mous=None), OuterRef("project")) | Q(single)


def grants(user, now) -> Grants:
    """The same rows as `granted`, as keys."""
    if not has_account(user):
        return Grants()
    found = all_given().every(reader=user.pk, now=now)
    projects = {project for project, mous, _ in found if mous is None}
    single = {mous for project, mous, there in found if there and mous is not None and project not in projects}
    return Grants(*(tuple(sorted(keys)) for keys in (projects, single, {project for project, *_ in found})))


@cache
def all_given(**of):
    """From each right to its project, instead of row by row: the project, the MOUS if one is named, and whether that is
    still of the project.  `of` is what projects are asked for."""
    reader, whole = repeated.Reader(), {"named": Value(None, BigIntegerField()), "there": Value(True)}
    there = ExpressionWrapper(Q(project=F("mous__gous__project")), BooleanField())
    theirs = {f"project__{name}": value for name, value in of.items()}
    given = _delegations(reader, repeated.now()).filter(**theirs).order_by().values(of=F("project"), named=F("mous"))
    own = Project.objects.filter(pi__user=reader, **of).order_by().values(of=F("pk"), **whole)
    assigned = _assignments(reader).filter(**theirs).order_by().values(of=F("project"), **whole)
    return repeated.Repeated(own.union(given.annotate(there=there), assigned, all=True))


# The rule over `archive_observation o`, whose copies triggers keep: released never, if recalled (migration 0019).
# `now`, `projects` and `mous` are filled in by the driver: the last two are the keys of `Grants`.
INDEXED_RELEASED = "(o.release_at <= %(now)s AND NOT o.confidential)"
INDEXED_GRANTED = "(o.project_id = ANY(%(projects)s) OR o.mous_id = ANY(%(mous)s))"
INDEXED_OPEN = "NOT o.confidential"  # all that who has no grants may know of
INDEXED_VISIBLE = f"({INDEXED_OPEN} OR {INDEXED_GRANTED})"
# No rule but a criterion: data become public in a span that a reader names
INDEXED_RELEASE_WITHIN = "(o.release_at >= %(released_since)s AND o.release_at < %(released_before)s)"


def ground(user, mous, now, *, role=None) -> Ground | None:
    """Why `user` may have the data of `mous` at `now`, or None.  The first right that is found is the one named."""
    standing = _standing().first(mous=mous.pk, reader=user.pk, now=now)
    is_released, is_recalled, is_own = standing or (False, False, False)
    if is_released:
        return Ground(Rule.RELEASED)
    if not has_account(user):
        return None
    if is_recalled:
        return None if role else _assigned(user, mous)
    if is_own:
        return Ground(Rule.PI)
    whole_or_this = Q(mous=None) | Q(mous=mous.pk)
    if delegation := _delegations(user, now, role).filter(whole_or_this, project__groups__members=mous.pk).first():
        return Ground(Rule.DELEGATION, delegation=delegation)
    return _assigned(user, mous)


@cache
def _standing():
    """Of a MOUS: whether it is released, whether it is recalled, and whether the reader, if any, is its PI."""
    told = released(repeated.now()), ~Q(recalled_at=None), Q(gous__project__pi__user=repeated.Reader())
    columns = [Case(When(one, then=True), default=False) for one in told]
    rows = MemberOUS.objects.filter(pk=repeated.Blank("mous", BigIntegerField()))
    return repeated.Repeated(rows.order_by().values_list(*columns))


def _assigned(user, mous):
    assignment = _assignments(user).filter(project__groups__members=mous.pk).first()
    return Ground(Rule.ASSIGNMENT, assignment=assignment) if assignment else None


def may_read(user, mous, now):
    return MemberOUS.objects.filter(readable_by(user, now), pk=mous.pk).exists()


def may_know(user, mous, now):
    return MemberOUS.objects.filter(visible_to(user, now), pk=mous.pk).exists()


def require_access(user, mous, now):
    """Pass, or raise what `refusal` says; to whom the MOUS is hidden, it does not exist."""
    if not may_read(user, mous, now):
        raise refusal(mous) if may_know(user, mous, now) else UnknownMousError(mous.uid)


def may_process(user, mous, now):
    """Whether work may be done for `user` on the data of `mous`: never without an account, also on public data."""
    able = released(now) | granted(user, now, role=DelegationRole.PROCESS)
    rows = MemberOUS.objects.filter(able, pk=mous.pk, recalled_at=None)
    return has_account(user) and rows.exists()


def require_process(user, mous, now):
    """Pass, or raise `AccountNeededError`, what `require_access` raises, or `DownloadOnlyError`."""
    if not has_account(user):
        raise AccountNeededError(mous) if may_know(user, mous, now) else UnknownMousError(mous.uid)
    require_access(user, mous, now)
    if not may_process(user, mous, now):
        raise refusal(mous, DownloadOnlyError)


def holders(mous, now):
    """Accounts that may have the data of `mous` before release: its PI's, and those of her delegees; no staff."""
    given = _in_force(now).filter(Q(mous=None) | Q(mous=mous), project=mous.project)
    own = Q(alma_account__projects=mous.project)
    return get_user_model().objects.filter(own | Q(pk__in=given.values("delegee")), is_active=True).distinct()


def may_delegate(user, project):
    """The PI alone gives access away; a delegee cannot.  Staff who do it for her are asked for a reason elsewhere."""
    return has_account(user) and project.pi is not None and project.pi.user_id == user.pk


def knows_holder(user, mous, holder):
    """Whether `user` may be told who holds a cube of `mous`: the PI, staff who see to cubes and the holder herself."""
    return user == holder or has_role(user, *HOLDERS_ROLES) or may_delegate(user, mous.project)
