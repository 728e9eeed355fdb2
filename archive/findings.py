"""Saying, once, that something about a MOUS needs a look, and taking it back when it is mended."""

from django.utils import timezone

from archive.models import Finding


def report(mous, code, sentence, *, subject=""):
    """Open a finding unless the same one is open already."""
    Finding.objects.get_or_create(
        mous=mous, code=code, subject=subject, settled_at=None, defaults={"sentence": sentence}
    )


def settle(mous, code, *, subject=None):
    """Close the open findings of that code (and subject)."""
    rows = Finding.objects.filter(mous=mous, code=code, settled_at=None)
    if subject is not None:
        rows = rows.filter(subject=subject)
    rows.update(settled_at=timezone.now())


def restate(mous, code, sentence):
    """Have the finding of that code say `sentence` and nothing else; an empty one settles it."""
    if not sentence or mous.findings.filter(code=code, settled_at=None).exclude(sentence=sentence).exists():
        settle(mous, code)
    if sentence:
        report(mous, code, sentence)
