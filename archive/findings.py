"""Saying, once, that something about a MOUS needs a look, and taking it back when it is mended."""

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from archive.models import Finding

# One statement for many: what is open already keeps the time when it was found.
NOTE = """
INSERT INTO archive_finding (mous_id, code, subject, sentence, found_at, seen_at)
SELECT mous, code, subject, sentence, %(at)s, %(at)s
FROM unnest(%(mous)s::bigint[], %(code)s::text[], %(subject)s::text[], %(sentence)s::text[])
     AS said (mous, code, subject, sentence)
ON CONFLICT (mous_id, code, subject) WHERE settled_at IS NULL
DO UPDATE SET sentence = excluded.sentence, seen_at = excluded.seen_at
RETURNING mous_id, code, subject, found_at
"""


def report(mous, code, sentence, *, subject=""):
    """Open a finding unless the same one is open already."""
    Finding.objects.get_or_create(
        mous=mous, code=code, subject=subject, settled_at=None, defaults={"sentence": sentence}
    )


def settle(mous, code, *, subject=None, subjects=None):
    """Close the open findings of that code (and subject, or any of `subjects`)."""
    rows = Finding.objects.filter(mous=mous, code=code, settled_at=None)
    if subject is not None:
        rows = rows.filter(subject=subject)
    if subjects is not None:  # there may be very many of them, and few findings
        rows = rows.filter(subject__in=set(subjects).intersection(rows.values_list("subject", flat=True)))
    rows.update(settled_at=timezone.now())


def restate(mous, code, sentence):
    """Have the finding of that code say `sentence` and nothing else; an empty one settles it."""
    if not sentence or mous.findings.filter(code=code, settled_at=None).exclude(sentence=sentence).exists():
        settle(mous, code)
    if sentence:
        report(mous, code, sentence)


def note(said, at):
    """Open a finding for each (MOUS or None, code, subject): sentence that was seen at `at`.

    Returns by the same keys since when each is open.
    """
    mous, codes, subjects = (list(column) for column in zip(*said, strict=True)) if said else ((), (), ())
    values = {"mous": mous, "code": codes, "subject": subjects, "sentence": list(said.values()), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(NOTE, values)
        return {tuple(key): found_at for *key, found_at in cursor.fetchall()}


def settle_unseen(rows, began):
    """Close those of `rows` that a look which began at `began` has not seen; what came up meanwhile stays."""
    unseen = Q(seen_at=None) | Q(seen_at__lt=began)
    return rows.filter(unseen, settled_at=None, found_at__lt=began).update(settled_at=timezone.now())
