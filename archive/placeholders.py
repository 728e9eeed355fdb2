"""A group that stands in until the real one is known.

ObsCore does not always name the group of a MOUS, and a Cycle 0 package never does.  The MOUS then gets a group of its
own, called as itself; whoever learns the real one puts it there.
"""

from archive import tallies
from archive.models import GroupOUS, MemberOUS


def is_placeholder(gous: GroupOUS) -> bool:
    return MemberOUS.objects.filter(uid=gous.uid, gous=gous).exists()


def replace(mous: MemberOUS, group: GroupOUS) -> None:
    """Move `mous` from its placeholder to `group`, of the same project.  Rows of the index follow by trigger."""
    before = mous.gous
    mous.gous = group
    mous.save(update_fields=["gous"])
    if before.pk != group.pk and not before.members.exists():
        before.delete()
    tallies.recount([mous.pk])
