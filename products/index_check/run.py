"""One look at the archive, or at a part of it: all that is wrong, written down as findings as it is found.

A finding stays the same one, with the time when it was found first, until a look that goes to its end does not see it
any more.  A look that breaks off settles nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from django.db.models import QuerySet
from django.utils import timezone

from archive import findings
from archive.index_check import blocks, chunk, copies, described, pointers
from archive.index_check.faults import CODES, OF_ALL, OF_INGESTION, OF_STORE, Fault
from archive.models import Finding, MemberOUS
from products.index_check import files, objects

AT_ONCE = 500


@dataclass(frozen=True)
class Scope:
    """What is looked at: `mous` None is everything there is; `codes` are the only ones that are told."""

    mous: QuerySet | None = None
    store: bool = True
    codes: frozenset[str] = frozenset(CODES)

    @property
    def settled(self) -> set[str]:
        """Codes of which a look of this scope sees all there is."""
        seen = set(self.codes) - OF_INGESTION
        return seen - (set() if self.store else OF_STORE) - (OF_ALL if self.mous is not None else set())


@dataclass
class Found:
    """What a look has seen so far."""

    began: datetime = field(default_factory=timezone.now)
    mous: int = 0
    announced_only: int = 0  # known from ObsCore alone: their data are at ALMA
    counts: Counter = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        return not self.counts


def look(scope: Scope, found: Found, *, write=True, tell: Callable[[int], object] = int) -> Iterator[Fault]:
    """All faults, one after the other; `found` is filled in and `tell` hears how many MOUSs are done."""
    wanted = (fault for fault in _faults(scope, found, tell) if fault.code in scope.codes)
    while some := tuple(islice(wanted, AT_ONCE)):
        for fault in _written(some, found.began) if write else some:
            found.counts[fault.code] += 1
            yield fault
    if write:
        _settle(scope, found.began)


def _faults(scope, found, tell):
    everything = MemberOUS.objects.all() if scope.mous is None else scope.mous
    keys = everything.order_by("pk").values_list("pk", flat=True)
    last = 0
    while some := list(keys.filter(pk__gt=last)[:AT_ONCE]):
        yield from _of_chunk(some, scope, found)
        last = some[-1]
        tell(len(some))
    if scope.mous is None:
        yield from pointers.check()
        yield from copies.check_groups()
        yield from objects.check_all(found.began) if scope.store else ()


def _of_chunk(keys: Iterable[int], scope, found):
    subjects = chunk.load(keys, files.held(keys))
    found.mous += len(subjects)
    found.announced_only += sum(not subject.delivered for subject in subjects)
    for compared in (blocks, described, copies, files):
        yield from compared.check(subjects)
    if scope.store and scope.mous is not None:
        yield from objects.check_of(subjects, found.began)


def _written(faults, at) -> Iterator[Fault]:
    since = findings.note({(each.mous, each.code, each.subject): each.sentence for each in faults}, at)
    for fault in faults:
        yield replace(fault, since=since[fault.mous, fault.code, fault.subject])


def _settle(scope, began):
    rows = Finding.objects.filter(code__in=scope.settled)
    if scope.mous is not None:
        rows = rows.filter(mous__in=scope.mous)
    findings.settle_unseen(rows, began)
