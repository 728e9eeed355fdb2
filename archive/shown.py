"""Projects and member ObsUnitSets as a reader is shown them, with the lock that the access rule gives to each."""

from django.db.models import BooleanField, ExpressionWrapper

from archive import access, find
from archive.models import MemberOUS


def all_mous(user, now):
    """Every MOUS with `readable`: whether `user` may have its data at `now`."""
    readable = ExpressionWrapper(access.readable_by(user, now), output_field=BooleanField())
    return MemberOUS.objects.select_related("gous__project__pi").annotate(readable=readable)


def mous(text, user, now):
    """One MOUS, by any spelling of its uid."""
    return all_mous(user, now).get(pk=find.mous(text).pk)


def project(code, user, now):
    """A project with its `mous`."""
    found = find.project(code)
    found.mous = list(all_mous(user, now).filter(gous__project=found))
    return found
