"""What comes in becomes rows and stored objects: whole packages, and products that come by themselves.

Twice changes nothing; a changed file is a new version.

The bytes go to the store first, then everything is indexed in one transaction: a reader sees the whole delivery or
none of it.  What is stored is in the journal until it is indexed, so an ingestion that was killed at any point goes on
where it was (docs/decisions/0022).
"""

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.db import connection, transaction

from archive import arrivals, cycle_zero, findings
from archive import facts as operator_facts
from archive import ingest as archive_ingest
from archive.consistency import placed, require_consistent
from archive.errors import TransientError
from archive.models import MemberOUS
from archive.readers.checksums import promises
from archive.readers.delivery import Delivery, read_delivery
from products import (
    crew,
    in_place,
    journal,
    keys,
    loose,
    primary_beams,
    promised,
    renewal,
    rows,
    runs,
    sidecars,
    sources,
    unfit,
    unread,
    versions,
)
from products.crew import Meter
from products.delivered import DeliveredFile, delivered_files
from products.limits import archive_limits
from products.promised import Promised
from products.runs import Run
from products.sources import StoredFile
from products.store import open_store
from products.storing import Kept, Options, Storing, held_of

__all__ = ["IngestReport", "Meter", "Task", "ingest_delivery", "ingest_each", "ingest_products"]
log = logging.getLogger(__name__)


@dataclass
class IngestReport:
    """What one delivery changed."""

    mous: str
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # by a re-reduction
    quarantined: dict[str, str] = field(default_factory=dict)  # place -> why
    marked: dict[str, list[str]] = field(default_factory=dict)  # place -> marks
    stored_bytes: int = 0
    state: str = ""
    findings: list[str] = field(default_factory=list)
    unknown_facts: list[str] = field(default_factory=list)  # names in the facts that are not indexed

    def add(self, file: DeliveredFile, kept: Kept) -> None:
        getattr(self, kept.fate).append(file.name)
        self.stored_bytes += kept.stored.size if kept.is_stored_now else 0
        found = kept.found
        if found.problem:
            self.quarantined[file.place] = found.problem
        if found.marks:
            self.marked[file.place] = found.marks


@dataclass(frozen=True)
class Task:
    """How to take in: what to check and compute, how many files at once, who watches and who answers for it."""

    facts: dict | None = None
    verify: bool = False  # read back the stored objects of unchanged files, store damaged ones again
    md5: bool = False
    reason: str = ""  # of a re-reduction; what changes keeps it (products/versions.py)
    letters: bool = True  # tell PI and delegees of what came, readers of what changed
    workers: int | None = None
    meter: Meter = field(default_factory=Meter)
    loose: bool = False  # products by themselves (products/loose.py), of `mous` where they do not say it
    mous: str = ""
    in_place: bool = False  # what lies in a bucket by itself stays there (products/in_place.py)
    listing: dict[str, Promised] = field(default_factory=dict)  # by name: such objects are not even read
    promised: dict[StoredFile, Promised] = field(default_factory=dict)  # the same, once they are found
    command: str = "ingest_delivery"
    by: str = ""
    said: dict = field(default_factory=dict)  # the options of the command, for a retry

    @property
    def at_once(self) -> int:
        return crew.workers(self.workers)

    @property
    def storing(self) -> Options:
        return Options(verify=self.verify, md5=self.md5, in_place=self.in_place, memory=crew.MEMORY // self.at_once)

    @property
    def leaves(self) -> bool:
        """Whether objects stay where they lie."""
        return self.in_place or bool(self.listing)

    def opened(self, paths) -> tuple[list, "Task"]:
        """What was given, as it lies there now; and the task, with what is promised of each object."""
        given, found = sources.opened(paths), self.promised
        if self.leaves:
            in_place.require_stored(given, index_only=bool(self.listing))
        if self.listing:
            given, found = promised.chosen(given, self.listing)
        return given, replace(self, promised=found)

    def read(self, paths) -> list[Delivery]:
        """What is in `paths`, for each MOUS."""
        if self.loose:
            return loose.read(paths, archive_limits(), mous=self.mous)
        return [cycle_zero.named(delivery) for delivery in read_delivery(paths, archive_limits())]


def ingest_delivery(paths, **options) -> list[IngestReport]:
    """Take in all of the deliveries in `paths`: `ingest_each` to its end."""
    return list(ingest_each(paths, **options))


def ingest_products(paths, **options) -> list[IngestReport]:
    """Take in the products in `paths` that are in no package: `ingest_each` to its end.

    With `listing=promised.read("SHA256SUMS")` objects in the archive's own bucket become rows without being read:
    `ingest_products("s3://altiplano/old", listing=promised.read("s3://altiplano/old/SHA256SUMS"), letters=False)`.
    """
    return list(ingest_each(paths, loose=True, command="ingest_products", **options))


def ingest_each(paths, **options) -> Iterator[IngestReport]:
    """Take in what is in `paths` (tars, directories), one MOUS after the other; `options` are those of `Task`.

    Raises `ArchiveError` before anything is stored when one of them cannot be read, or contradicts itself, the index
    or another one.  What comes between later, such as a file that changes while it is read or a store that does not
    answer, refuses the one delivery it happens to; those reported before stay.  Each delivery has a run of its own.
    PI and delegees are told by letter of what came, and who took what changed of that, unless `letters` is false.
    """
    task = Task(**options)
    paths = [paths] if isinstance(paths, str) or not hasattr(paths, "__iter__") else list(paths)
    run = Run(task.command, paths, options=task.said, by=task.by)
    try:
        given, task = task.opened(paths)
        deliveries = task.read(given)
        require_consistent(deliveries)
        task.meter.begin(sum(file.size for delivery in deliveries for file in delivered_files(placed(delivery))))
        for number, delivery in enumerate(deliveries):
            run = run if number == 0 else Run(task.command, paths, options=task.said, by=task.by)
            yield _ingest(delivery, task, run)
    except BaseException as error:
        run.failed(error)
        raise


def _ingest(delivery, task: Task, run: Run) -> IngestReport:
    report = IngestReport(delivery.mous)
    with _alone(delivery.mous), unfit.fitting(delivery.mous):
        delivery = placed(delivery)
        files = delivered_files(delivery)
        run.of(delivery.mous, sum(file.size for file in files))
        if task.leaves:
            in_place.require_free(delivery.mous, files)
        kept = _kept(delivery, files, task, run)
        for file in files:
            report.add(file, kept[file.place])
        with transaction.atomic():
            change = versions.Change.now(task.reason)
            mous = _mous(delivery, files, kept, task)
            _write(mous, files, kept, rows.Cause(run.row, change))
            report.left_out = versions.leave_out(mous, delivery, files, change)
            if task.facts:
                report.unknown_facts = operator_facts.apply_facts(task.facts).unknown
                mous = MemberOUS.objects.get(pk=mous.pk)
            operator_facts.note_missing(mous)
            _require_whole(delivery.mous, kept.values())
            if task.letters:
                took = renewal.paragraphs(mous, change)
                arrivals.tell(mous, new=len(report.new), changed=len(report.changed), now=change.at, took=took)
            report.state = mous.delivery_state
            report.findings = list(mous.findings.filter(settled_at=None).values_list("sentence", flat=True))
            run.done(mous, runs.told(report))
    with contextlib.suppress(TransientError):  # it is due, and is written by a tick
        sidecars.flush([mous.pk])
    log.info("ingested %s: %d new, %d changed", delivery.mous, len(report.new), len(report.changed))
    return report


def _kept(delivery, files: list[DeliveredFile], task: Task, run: Run) -> dict[str, Kept]:
    def heard(count: int) -> None:
        task.meter.advance(count)
        run.hear(count)

    held = held_of(delivery.mous)
    if task.listing:
        heard(sum(file.size for file in files))
        return unread.as_promised(files, held, task.promised)
    staged = journal.recall(delivery.mous)
    storing = Storing(delivery.mous, held, staged, task.storing, promises=promises(delivery.files))
    return crew.keep_all(files, storing, at_once=task.at_once, heard=heard)


def _require_whole(mous_uid: str, kept) -> None:
    """Every object of these rows is there: not given up by the sweep, and not gone from the store."""
    stored = [one.stored for one in kept if one.is_stored_now and one.is_read]
    journal.take(mous_uid, (one.key for one in stored))
    open_store().require_present(one for one in stored if keys.is_ours(one.key))


def _mous(delivery, files: list[DeliveredFile], kept: dict[str, Kept], task: Task) -> MemberOUS:
    """The MOUS, with all that a package tells of it; loose products tell nothing but that they are there."""
    if task.loose:
        return archive_ingest.note_products(delivery.mous)
    return archive_ingest.index(delivery, digests={file.name: kept[file.place].stored.sha256 for file in files})


def _write(mous: MemberOUS, files: list[DeliveredFile], kept: dict[str, Kept], cause: rows.Cause) -> None:
    rows.write(mous, files, kept, cause)
    primary_beams.mark_missing(mous)
    findings.settle(mous, versions.ABSENT, subjects=[file.place for file in files])
    findings.settle(mous, "missing-file", subjects=[file.name for file in files])


@contextlib.contextmanager
def _alone(uid: str) -> Iterator[None]:
    """Two ingestions of one MOUS at the same time wait for each other."""
    number = int.from_bytes(hashlib.sha256(f"ingest {uid}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
