"""Projects, groups and member ObsUnitSets as a reader is shown them, each with the lock that the access rule gives."""

from django.db.models import Case, When

from archive import access, find, group_rows
from archive.models import MemberOUS


def all_mous(user, now):
    """Every MOUS that `user` may know of, with `readable`: whether she may have its data at `now`."""
    readable = Case(When(access.readable_by(user, now), then=True), default=False)
    known = MemberOUS.objects.filter(access.visible_to(user, now))
    return known.select_related("gous__project__pi").annotate(readable=readable)


def mous(text, user, now):
    """One MOUS, by any spelling of its uid."""
    return all_mous(user, now).get(pk=find.mous(text, user, now).pk)


def project(code, user, now):
    """A project with its `mous`, as far as `user` may know of them."""
    found = find.project(code, user, now)
    found.mous = list(all_mous(user, now).filter(gous__project=found))
    return found


def gous(text, user, now):
    """A group, by any spelling of its uid, with its `mous` and its own `rows` as far as `user` may know of them."""
    found = find.gous(text, user, now)
    found.mous = list(all_mous(user, now).filter(gous=found).order_by("array", "uid"))
    found.rows = group_rows.of(found, user, now)
    return found
