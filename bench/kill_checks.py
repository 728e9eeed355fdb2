"""What has to be true after each kill of an ingestion, and at the end of all (bench/kill_rounds.py)."""

import hashlib
from collections import Counter

from archive.models import MemberOUS
from products import keys, sidecars, unfinished
from products.models import Product, Sidecar, Staged
from products.store import open_store


class Checks:
    def __init__(self):
        self.wrong: list[str] = []
        self._before: dict[str, dict[tuple[str, str], str]] = {}  # by MOUS: what was to be seen before its package
        self._whole: dict[str, dict[tuple[str, str], str]] = {}
        self._journal: dict[str, str] = {}  # key -> SHA-256, of the package that is under way
        self._read: set[str] = set()  # keys whose bytes were read; no key is written twice

    def expect(self, package):
        self._before[package.uid] = self._whole.get(package.uid, {})
        self._whole[package.uid] = package.sums
        self._journal = {}

    def after(self, package) -> bool:
        """One attempt; whether the package is in."""
        seen = _seen(package.uid)
        if seen not in (self._before[package.uid], package.sums):
            self.wrong.append(f"{package.uid}: {len(seen)} of {len(package.sums)} files are to be seen, or other ones")
        if MemberOUS.objects.filter(uid=package.uid).exists() != bool(seen):
            self.wrong.append(f"{package.uid} is there without its files")
        self._objects(package.uid)
        done = seen == package.sums
        self._goes_on(package, done)
        return done

    def whole(self, package):
        if _seen(package.uid) != package.sums:
            self.wrong.append(f"{package.uid} did not come in whole")
        if Staged.objects.filter(mous_uid=package.uid).exists():
            self.wrong.append(f"{package.uid} is in and in the journal")

    def at_the_end(self) -> list[str]:
        """All files, all sidecars, and nothing else in the store."""
        wrong = [f"{uid} has changed" for uid, sums in self._whole.items() if _seen(uid) != sums]
        sidecars.flush_due(most=10**6)
        named = {row.key: row for row in keys.in_order()}
        here = {key for key, _, _ in open_store().listing()}
        wrong += [f"{key} is lost" for key in named.keys() - here]
        wrong += [f"{key} is named by no row" for key in here - named.keys()]
        wrong += [f"the upload of {upload.key} was never ended" for upload in unfinished.listed()]
        wrong += [f"{row.key} has other bytes" for row in named.values() if row.sha256 and not _is_right(row)]
        for mous in MemberOUS.objects.filter(pk__in=Sidecar.objects.values("mous")):
            told = sidecars.read(sidecars.key_of(mous.uid))["rows"]["products.product"]
            if {row["key"] for row in told} != set(Product.objects.filter(mous=mous).values_list("key", flat=True)):
                wrong.append(f"the sidecar of {mous.uid} tells something else than its rows")
        return wrong

    def _objects(self, uid):
        """Of all rows of this MOUS, those of the journal among them."""
        rows = [*Product.objects.filter(mous__uid=uid), *Staged.objects.filter(mous_uid=uid)]
        for key, times in Counter(row.key for row in rows).items():
            if times > 1:
                self.wrong.append(f"{key} is in the index and in the journal")
        for row in rows:
            if row.key not in self._read and not _is_right(row):
                self.wrong.append(f"{row.key} is not in the store, or not with its SHA-256")
            self._read.add(row.key)

    def _goes_on(self, package, done):
        """What the journal named is named still, and what was in it is what comes in."""
        here = dict(Staged.objects.filter(mous_uid=package.uid).values_list("key", "sha256"))
        if done:
            here = dict(Product.objects.filter(mous__uid=package.uid).values_list("key", "sha256"))
        for key in self._journal.keys() - here.keys():
            self.wrong.append(f"{key} was in the journal, and was stored a second time")
        self._journal = {} if done else here


def _seen(uid):
    rows = Product.objects.filter(mous__uid=uid, superseded_at=None)
    return {(row.directory, row.name): row.sha256 for row in rows}


def _is_right(row) -> bool:
    digest = hashlib.sha256()
    try:
        for piece in open_store().stream(row.key):
            digest.update(piece)
    except Exception:  # noqa: BLE001 (missing, or not to be read: wrong)
        return False
    return digest.hexdigest() == row.sha256
