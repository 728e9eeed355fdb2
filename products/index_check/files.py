"""What the files of MOUSs say to the check: which raw data and which calibration files there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from archive import uids
from archive.calibration_facts import DECISIVE
from archive.index_check.chunk import Held, Subject
from archive.index_check.faults import Fault
from products.models import Product

# What the headers of a tar may add to the bytes it holds: raw data have thousands of members, or a few small ones.
MOST_ADDED, ADDED_TO_FEW = 1.25, 16 * 2**20


def held(keys: Iterable[int]) -> Held:
    """A withdrawn file is there still, by a decision of staff: it is not missing."""
    raw, names = defaultdict(set), defaultdict(set)
    for row in _current(keys).filter(role__in=["raw", *DECISIVE]).only("mous_id", "role", "name", "eb__uid"):
        names[row.mous_id].add(row.name)
        if row.role == "raw":
            raw[row.mous_id].update(_block(row))
    return Held(raw, names)


def check(subjects: Iterable[Subject]) -> Iterator[Fault]:
    """Raw tars that are too small or too large for what they are said to hold."""
    of = {subject.row.pk: subject for subject in subjects}
    for row in _current(of).filter(role="raw").order_by("mous", "name"):
        size = row.eb.raw_bytes if row.eb else None
        if size is not None and not size <= row.size <= size * MOST_ADDED + ADDED_TO_FEW:
            sentence = f"{row.name} has {row.size} bytes; the raw data of {row.eb.uid} have {size}."
            yield of[row.mous_id].fault("raw-size-differs", sentence, row.eb.uid)


def _current(keys):
    rows = Product.objects.filter(mous__in=list(keys), origin=Product.Origin.DELIVERED, superseded_at=None)
    return rows.select_related("eb")


def _block(row):
    return [row.eb.uid] if row.eb else uids.found_in(row.name)[:1]
