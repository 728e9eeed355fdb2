"""What was worked out of a bundle is kept for who asks next: its lists and the places of its bytes never change.

What may change is whether all of it is still the reader's, and that one question is asked each time.  Only so many
files are kept as a process has room for.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Func, IntegerField, UUIDField

from archive import access, repeated
from products import listing
from products.bundles import contents
from products.bundles.contents import Contents
from products.bundles.layout import Layout, Member
from products.models import Bundle

MOST_FILES = 40_000  # of all plans together: some 50 MB


@dataclass(frozen=True)
class Plan:
    contents: Contents
    _layouts: dict[Callable, Layout] = field(default_factory=dict)

    def layout(self, make: Callable[[list[Member]], Layout]) -> Layout:
        """What `make` makes of its members."""
        if make not in self._layouts:
            self._layouts[make] = make(self.contents.members)
        return self._layouts[make]


_kept: OrderedDict[object, Plan] = OrderedDict()  # the one that was asked for last is the last
_lock = Lock()


def opened(bundle, *, by, now) -> Plan:
    """If `by` may have all of `bundle`; what may change of a file otherwise (its newer version) may be old here."""
    found = _found(bundle)
    if found is None or not _all_handed_out(bundle, by, now):
        found = Plan(contents.opened(bundle, by=by, now=now))
        _keep(bundle, found)
    return found


def forget(bundle) -> None:
    with _lock:
        _kept.pop(bundle.pk, None)


def _found(bundle):
    with _lock:
        found = _kept.get(bundle.pk)
        if found is None or found.contents.bundle.sums_sha256 != bundle.sums_sha256:
            return None
        _kept.move_to_end(bundle.pk)
        return found


def _keep(bundle, plan):
    with _lock:
        _kept[bundle.pk] = plan
        while sum(len(one.contents.files) for one in _kept.values()) > MOST_FILES:
            _kept.popitem(last=False)


def _all_handed_out(bundle, by, now):
    asked = _counts(access.has_account(by), settings.PUBLIC_CALIBRATOR_IMAGES)
    return asked.first(bundle=bundle.pk, reader=by.pk, now=now) == (bundle.files,)


@functools.cache
def _counts(account, calibrators):
    reader, now = repeated.Reader() if account else AnonymousUser(), repeated.now()
    bundle = Bundle.objects.filter(pk=repeated.Blank("bundle", UUIDField()))
    ids = bundle.values(one=Func(F("products"), function="unnest"))
    rows = listing.handed_out(reader, now).filter(pk__in=ids)
    count = Func(template="COUNT(*)", output_field=IntegerField())  # of all: an aggregate would count for each row
    return repeated.Repeated(rows.order_by().annotate(all=count).values_list("all"))
