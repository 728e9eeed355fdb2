"""What a MOUS is called, what of it has come, and whether search can find it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db.models import Exists, OuterRef

from archive.index_check.chunk import Subject
from archive.index_check.faults import OF_INGESTION, Fault
from archive.models import Finding, MemberOUS, Observation, Source, SpectralWindow

OBSCORE = Observation.Origin.OBSCORE


def check(subjects: Iterable[Subject]) -> Iterator[Fault]:
    subjects = list(subjects)
    yield from _not_found(subjects)
    for subject in subjects:
        yield from _parts(subject)
        yield from _scheduling_block(subject)
    yield from _of_ingestion(subjects)


def _not_found(subjects):
    """Only what has come can be an orphan: what ObsCore announces is at ALMA, and often stays there."""
    delivered = {subject.row.pk: subject for subject in subjects if subject.delivered}
    rows = Observation.objects.filter(mous__in=delivered).order_by()
    found = set(rows.values_list("mous", flat=True).distinct())
    announced = set(rows.filter(origin=OBSCORE).values_list("mous", flat=True).distinct())
    for key in _observed(delivered.keys() - found):
        sentence = f"No row of search leads to {delivered[key].row.uid}, which has sources and spectral windows."
        yield delivered[key].fault("not-searchable", sentence)
    if len(announced) < len(delivered) and Observation.objects.filter(origin=OBSCORE).exists():
        for key in sorted(delivered.keys() - announced):
            sentence = f"{delivered[key].row.uid} was delivered, but ObsCore has no row of it."
            yield delivered[key].fault("orphan-mous", sentence)


def _observed(keys):
    """Those of which a row of search could be made: a source and a science window."""
    windows = SpectralWindow.objects.filter(eb__mous=OuterRef("pk"), science=True).exclude(eb__used=False)
    rows = MemberOUS.objects.filter(Exists(Source.objects.filter(mous=OuterRef("pk"))), Exists(windows), pk__in=keys)
    return rows.order_by("pk").values_list("pk", flat=True)


def _parts(subject):
    """Products come in numbered tars, `product 1 of 3`; packed anew they may be of another number."""
    seen = defaultdict(set)
    for _, number, _, total in (part.split() for part in subject.row.parts_seen if part.startswith("product ")):
        seen[int(total)].add(int(number))
    missing = {total: set(range(1, total + 1)) - numbers for total, numbers in seen.items()}
    total = min(missing, key=lambda total: len(missing[total]), default=0)
    for number in sorted(missing.get(total, ())):
        sentence = f"Part {number} of {total} of the products of {subject.row.uid} has not come."
        yield subject.fault("part-missing", sentence, f"product {number} of {total}")


def _scheduling_block(subject):
    asked, known = subject.calibration.sb_name if subject.calibration else "", subject.row.sb_name
    if asked and known and asked != known:
        sentence = f"The processing request of {subject.row.uid} names the scheduling block {asked}, the index {known}."
        yield subject.fault("sb-name-differs", sentence)


def _of_ingestion(subjects):
    """What was found when the deliveries were read, and has not been mended since."""
    of = {subject.row.pk: subject for subject in subjects}
    rows = Finding.objects.filter(mous__in=of, code__in=OF_INGESTION, settled_at=None)
    for row in rows.order_by("mous", "code", "subject"):
        yield of[row.mous_id].fault(row.code, row.sentence, row.subject)
