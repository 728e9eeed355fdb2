"""A delivered package becomes rows and stored objects.  Twice changes nothing; a changed file is a new version.

The bytes go to the store first, then everything is indexed in one transaction: a reader sees the whole delivery or
none of it, and whatever a crash leaves in the store is an orphan that `sweep` takes away.
"""

import contextlib
import hashlib
import logging
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction

from archive import arrivals, cycle_zero, findings
from archive import facts as operator_facts
from archive import ingest as archive_ingest
from archive.consistency import placed, require_consistent
from archive.models import MemberOUS
from archive.readers.delivery import read_delivery
from archive.sources import source_key
from products import fits, marks, naming, sidecars, versions
from products.delivered import DeliveredFile, delivered_files
from products.digests import BLOCK_BYTES
from products.models import Blocks, Product
from products.store import Stored, open_store
from products.storing import Kept, current, keep

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
    stored_bytes: int = 0
    state: str = ""
    findings: list[str] = field(default_factory=list)
    unknown_facts: list[str] = field(default_factory=list)  # names in the facts that are not indexed


class Meter:
    """Follows an ingestion: told the bytes there are, then the bytes dealt with.  This one keeps quiet."""

    def begin(self, total: int) -> None: ...

    def advance(self, size: int) -> None: ...


def ingest_delivery(paths, **options) -> list[IngestReport]:
    """Take in all of the deliveries in `paths`: `ingest_each` to its end."""
    return list(ingest_each(paths, **options))


def ingest_each(paths, *, facts=None, meter: Meter | None = None, **how) -> Iterator[IngestReport]:
    """Take in the deliveries in `paths` (tars or directories) and the operator's checked `facts`, one after the other.

    `reason` says that they were reduced again, and why: what changes keeps it (products/versions.py).
    `verify` reads back the stored objects of unchanged files, and stores again those that are damaged.
    Raises `ArchiveError` before anything is stored when one of them cannot be read, or contradicts itself, the index
    or another one.  What comes between later, such as a file that changes while it is read or a store that does not
    answer, refuses the one delivery it happens to; those reported before stay.  PI and delegees are told by letter of
    what came, unless `letters` is false.
    """
    meter = meter or Meter()
    deliveries = [cycle_zero.named(delivery) for delivery in read_delivery(paths)]
    require_consistent(deliveries)
    meter.begin(sum(file.size for delivery in deliveries for file in delivered_files(placed(delivery))))
    for delivery in deliveries:
        yield _ingest(delivery, facts, meter, **how)


def _ingest(delivery, facts, meter, *, verify=False, letters=True, reason=""):
    report = IngestReport(delivery.mous)
    with _alone(delivery.mous):
        delivery = placed(delivery)
        files = delivered_files(delivery)
        kept = {file.place: _keep(delivery, file, report, meter, verify=verify) for file in files}
        with transaction.atomic():
            change = versions.Change.now(reason)
            mous = _index(delivery, files, kept, change)
            report.left_out = versions.leave_out(mous, delivery, files, change)
            if facts:
                report.unknown_facts = operator_facts.apply_facts(facts).unknown
                mous = MemberOUS.objects.get(pk=mous.pk)
            operator_facts.note_missing(mous)
            if letters:
                arrivals.tell(mous, new=len(report.new), changed=len(report.changed), now=change.at)
            open_store().require_present(one.stored for one in kept.values() if one.fate != "unchanged")
    sidecars.flush([mous.pk])
    report.state = mous.delivery_state
    report.findings = list(mous.findings.filter(settled_at=None).values_list("sentence", flat=True))
    log.info("ingested %s: %d new, %d changed", delivery.mous, len(report.new), len(report.changed))
    return report


def _keep(delivery, file: DeliveredFile, report: IngestReport, meter: Meter, *, verify) -> Kept:
    kept = keep(delivery.mous, file, verify=verify)
    getattr(report, kept.fate).append(file.name)
    report.stored_bytes += 0 if kept.fate == "unchanged" else kept.stored.size
    meter.advance(file.size)
    return kept


def _index(delivery, files, kept: dict[str, Kept], change) -> MemberOUS:
    digests = {file.name: kept[file.place].stored.sha256 for file in files}
    mous = archive_ingest.index(delivery, digests=digests)
    for file in files:
        one = kept[file.place]
        if one.fate == "mended":
            _note_mended(mous, file, one)
        else:
            _index_file(mous, file, one.stored, change)
        findings.settle(mous, versions.ABSENT, subject=file.place)
        findings.settle(mous, "missing-file", subject=file.name)
    return mous


def _note_mended(mous: MemberOUS, file: DeliveredFile, kept: Kept) -> None:
    """The row's bytes are what they were: only the place where they lie is another."""
    held = current(mous.uid, file)
    held.key = kept.stored.key
    held.save(update_fields=["key"])
    sentence = f"The stored object of {file.place} {kept.damage}; the file was stored again. See what the store lost."
    findings.report(mous, "stored-again", sentence, subject=file.place)


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


def _index_file(mous: MemberOUS, file: DeliveredFile, stored: Stored, change: versions.Change) -> None:
    held = current(mous.uid, file)
    if held and held.key == stored.key:
        _complete(held, file)
        return
    versions.set_aside(held, change)
    product = Product.objects.create(
        mous=mous,
        origin=Product.Origin.DELIVERED,
        role=file.role,
        directory=file.directory,
        name=file.name,
        pipeline_name=file.pipeline_name,
        eb=mous.ebs.filter(uid=file.eb_uid).first() if file.eb_uid else None,
        key=stored.key,
        size=stored.size,
        sha256=stored.sha256,
        crc32=stored.crc32,
        media_type=media_type(file.name),
        version=versions.number(mous, file),
        version_reason=change.reason,
        stored_at=change.at,
        header=_subject(file),
        marks=marks.of_name(file.name, file.role, cycle0=bool(mous.delivery_id)),
        **_named_facts(mous, file.name),
    )
    Blocks.objects.create(product=product, block_bytes=BLOCK_BYTES, crcs=stored.blocks)
    versions.succeed(held, product)


def _complete(held: Product, file: DeliveredFile) -> None:
    """What was not read of a file when it came is read when it comes again; its bytes are the same."""
    known = _named_facts(held.mous, file.name) | {"role": file.role}
    if not held.header and (header := _subject(file)):
        known["header"] = header
    news = {field: value for field, value in known.items() if value and value != getattr(held, field)}
    named = marks.of_name(file.name, file.role, cycle0=bool(held.mous.delivery_id))
    if named != [mark for mark in held.marks if mark == marks.UNRECOGNISED]:
        news["marks"] = [mark for mark in held.marks if mark != marks.UNRECOGNISED] + named
    if news:
        Product.objects.filter(pk=held.pk).update(**news)


def _subject(file: DeliveredFile) -> dict:
    """What an image itself says it shows, for names can lie."""
    if naming.parse(file.name).intent is None:
        return {}
    with contextlib.closing(file.open()) as stream:
        return fits.subject(stream)


def _named_facts(mous, name):
    """What the name of an image says about it."""
    parsed = naming.parse(name)
    if parsed.intent is None:
        return {}
    return {
        "source": mous.sources.filter(key=source_key(parsed.source)).first(),
        "intent": parsed.intent,
        "spws": list(parsed.spws),
        "mode": parsed.mode or "",
        "stokes": parsed.stokes or "",
        "layer": parsed.layer or "",
        "calibration": parsed.calibration or "",
        "taylor": parsed.taylor,
        "manual": parsed.manual,
        "comment": (parsed.comment or "")[: Product._meta.get_field("comment").max_length],
    }


def media_type(name: str) -> str:
    """The media type to hand a file out with; gzip files go as they are."""
    if name.endswith(".fits"):
        return "application/fits"
    guessed, encoding = mimetypes.guess_type(name)
    return "application/gzip" if encoding == "gzip" else guessed or "application/octet-stream"
