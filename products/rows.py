"""The rows of delivered files, written together: each says what its name, its header and its bytes say.

Called inside the transaction that indexes their MOUS.  A file that is not what its row says is a new version; one whose
bytes are known to be wrong is quarantined with the reason, and the rest goes in.
"""

import mimetypes
from dataclasses import dataclass

from django.utils import timezone

from archive import findings
from archive.models import MemberOUS
from archive.sources import source_key
from products import copying, marks, naming, quarantine, versions
from products.delivered import DeliveredFile
from products.digests import BLOCK_BYTES
from products.models import Blocks, IngestRun, Product
from products.storing import Kept, held_of

AT_ONCE = 1000
COMPLETED = ("role", "eb_id", "source_id", "intent", "spws", "mode", "stokes", "layer", "calibration", "taylor",
             "manual", "comment", "header", "crc32", "md5")  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """What rows are written for: the run, and the change that is the time and the reason of new versions."""

    run: IngestRun | None
    change: versions.Change

    @property
    def told(self) -> str:
        """Which run, and whose, as the rest of a sentence."""
        by = f" by {self.run.started_by}" if self.run and self.run.started_by else ""
        return f"{by}, run {self.run.pk}" if self.run else ""


def write(mous: MemberOUS, files: list[DeliveredFile], kept: dict[str, Kept], cause: Cause) -> None:
    """The rows of `files`, as they are `kept`; a portion at a time, for a package may have very many."""
    describe = _Describe(mous, cause)
    for start in range(0, len(files), AT_ONCE):
        _write(mous, files[start : start + AT_ONCE], kept, describe)


def _write(mous: MemberOUS, files: list[DeliveredFile], kept: dict[str, Kept], describe: "_Describe") -> None:
    made: list[tuple[Product, Kept, Product | None]] = []
    cause, held = describe.cause, describe.held
    for file in files:
        one, before = kept[file.place], held.get((file.directory, file.name))
        if before is None or before.sha256 != one.stored.sha256:
            made.append((describe(file, one, before), one, before))
        elif one.fate == "mended":
            _note_mended(mous, before, file, one)
        elif one.is_read:
            _complete(before, describe(file, one, before), one.stored.blocks)
        if before is not None and before.sha256 == one.stored.sha256 and _is_right_again(before, one):
            quarantine.lift(before, why=f"ingested again with these bytes{cause.told}", now=cause.change.at)
    _insert(made, cause.change)


class _Describe:
    """Makes the row of a file; what is held, sources and execution blocks are looked up once."""

    def __init__(self, mous: MemberOUS, cause: Cause):
        self._mous, self.cause, self.held = mous, cause, held_of(mous.uid)
        self._last = versions.last_numbers(mous)
        self._ebs = {eb.uid: eb for eb in mous.ebs.all()}
        self._sources = {source.key: source for source in mous.sources.all()}

    def __call__(self, file: DeliveredFile, kept: Kept, before: Product | None) -> Product:
        stored, found = kept.stored, kept.found
        return Product(
            mous=self._mous,
            run=self.cause.run,
            origin=Product.Origin.DELIVERED,
            role=file.role,
            directory=file.directory,
            name=file.name,
            pipeline_name=file.pipeline_name,
            eb=self._ebs.get(file.eb_uid),
            key=stored.key,
            size=stored.size,
            sha256=stored.sha256,
            crc32=stored.crc32,
            md5=stored.md5,
            media_type=media_type(file.name),
            version=self._last.get((file.directory, file.name), 0) + 1,
            version_reason=self.cause.change.reason,
            stored_at=self.cause.change.at,
            checked_at=self.cause.change.at if kept.is_checked else None,
            header=found.header,
            marks=marks.of_name(file.name, file.role, cycle0=bool(self._mous.delivery_id)) + found.marks,
            quarantined_at=timezone.now() if found.problem else None,
            quarantine_reason=found.problem,
            **self._named_facts(file.name),
        )

    def _named_facts(self, name: str) -> dict:
        """What the name of an image says about it."""
        parsed = naming.parse(name)
        if parsed.intent is None:
            return {}
        return {
            "source": self._sources.get(source_key(parsed.source)),
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


def _insert(made: list[tuple[Product, Kept, Product | None]], change: versions.Change) -> None:
    """A place has one version in force at any time: the old one ends before the new one is written."""
    superseded = [(before, product) for product, _, before in made if before]
    versions.set_aside([before for before, _ in superseded], change)
    copying.insert([product for product, _, _ in made])
    for before, product in superseded:
        versions.succeed(before, product)
    read = [(product, kept.stored) for product, kept, _ in made if kept.is_read]
    copying.insert([Blocks(product=one, block_bytes=BLOCK_BYTES, crcs=stored.blocks) for one, stored in read])


def _note_mended(mous: MemberOUS, held: Product, file: DeliveredFile, kept: Kept) -> None:
    """The row's bytes are what they were: only the place where they lie is another."""
    held.key, held.checked_at = kept.stored.key, timezone.now() if kept.is_checked else None
    held.save(update_fields=["key", "checked_at"])
    sentence = f"The stored object of {file.place} {kept.damage}; the file was stored again. See what the store lost."
    findings.report(mous, "stored-again", sentence, subject=file.place)


def _is_right_again(held: Product, kept: Kept) -> bool:
    """Whether what was wrong with the object of a row is so no more.

    What was found wrong since the object was read is not known to be right.
    """
    if held.quarantined_at is None or kept.found.problem or not kept.is_checked:
        return False
    if not quarantine.is_of_object(held):
        return False
    return kept.fate == "mended" or kept.quarantined_at == held.quarantined_at


def _complete(held: Product, again: Product, blocks: bytes) -> None:
    """What was not found of a file when it came is found when it comes again; its bytes are the same."""
    news = {field: getattr(again, field) for field in COMPLETED if getattr(again, field)}
    told_anew = {marks.UNRECOGNISED, marks.UNREAD, *again.marks}
    seen = [] if again.header else [mark for mark in held.marks if mark not in told_anew]
    news["marks"] = seen + again.marks
    if again.quarantined_at and held.quarantined_at is None:
        news |= {"quarantined_at": again.quarantined_at, "quarantine_reason": again.quarantine_reason}
    news["checked_at"] = held.checked_at or again.checked_at
    news = {field: value for field, value in news.items() if value != getattr(held, field)}
    if news:
        Product.objects.filter(pk=held.pk).update(**news)
    if held.crc32 is None or held.checked_at is None:
        Blocks.objects.get_or_create(product=held, defaults={"block_bytes": BLOCK_BYTES, "crcs": blocks})


def media_type(name: str) -> str:
    """The media type to hand a file out with; gzip files go as they are."""
    if name.endswith(".fits"):
        return "application/fits"
    guessed, encoding = mimetypes.guess_type(name)
    return "application/gzip" if encoding == "gzip" else guessed or "application/octet-stream"
