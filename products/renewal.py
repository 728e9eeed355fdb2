"""What those who took a version of a file are told when another takes its place: what changed, and why.

A re-delivery or a re-reduction (QA3) does not reach a copy at home; a letter may (archive/arrivals.py).  Reasons are as
guarded as bytes, for they tell of them: who may not have the data by now is told of the change alone, and who may no
longer know of the MOUS is told nothing.
"""

from collections import defaultdict

from django.contrib.auth import get_user_model

from archive import recall
from archive.models import MemberOUS
from products import change_letters, listing, versions
from products.models import IngestRun, Product

TOLD = 20  # files of one letter


def paragraphs(mous: MemberOUS, change: versions.Change) -> dict:
    """Account -> what it is told of the files it took that `change` set aside; nothing of what it never took.

    The MOUS is locked from here on, and its access log with it: what is taken in this moment is taken before, and told,
    or after, when each file says itself what took its place.
    """
    change_letters.still(mous.pk)
    taken = defaultdict(set)
    records = of_version(mous, [change.at]).filter(person__is_active=True).order_by()
    for person, subject in records.values_list("person", "subject").distinct():
        taken[person].add(subject)
    people = get_user_model().objects.filter(pk__in=taken).order_by("pk")
    told = {person: _told(taken[person.pk], person, mous, change) for person in people}
    return {person: words for person, words in told.items() if words}


def of_version(mous: MemberOUS, moments):
    """Access records of the versions that were set aside at these moments, newest first."""
    gone = Product.objects.filter(mous=mous, superseded_at__in=moments).values("pk")
    return recall.taken(mous).filter(subject__in=gone)


def of_run(run: IngestRun):
    """The same for what a run put others in place of."""
    moments = Product.objects.filter(run=run).values("stored_at").distinct()
    return of_version(run.mous, moments)


def _told(keys, person, mous, change):
    rows = listing.known(person, change.at).filter(pk__in=keys).select_related("superseded_by", "mous__gous__project")
    rows = list(rows.order_by("directory", "name", "version"))
    if not rows:
        return ""
    lines = [_line(row) for row in rows[:TOLD]]
    more = [f"* and {len(rows) - TOLD} more"] if len(rows) > TOLD else []
    reason = [f"The reason: {change.reason}"] if change.reason and all(row.readable for row in rows) else []
    what = "reduced again" if change.reason else "delivered again"
    head = f"Files of the MOUS {mous.uid} that you took from the archive have changed, for they were {what}."
    return "\n\n".join([head, "You took:\n" + "\n".join(lines + more), *reason])


def _line(row):
    place = f"{row.directory}/{row.name}" if row.directory else row.name
    after = row.superseded_by
    now = f"version {after.version} is in force now" if after else "it is no longer among the files of this MOUS"
    return f"* {place}, version {row.version}: {now}"
