"""Versions of a file: which is in force, what took the place of which, and in whose words.

A re-delivery, or a re-reduction (QA3), makes a new row beside the old one.  The old one keeps its bytes and its access
rule, and says what superseded it.  A whole re-reduction may also leave a file out: that one is no longer in force and
has no successor.  The version counts what came under one name; a `v2` in a name is the pipeline's, for the second image
of a product in one run, and such an image stands beside the first (FACTS 2.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat
from django.utils import timezone

from archive import findings
from archive.models import MemberOUS
from products import change_letters, listing, naming
from products.models import Product, ProductChange

ABSENT = "absent-from-version"
LONGEST = 1000


@dataclass(frozen=True)
class Change:
    """Why files change, in the words of who took them in (empty: ALMA delivered again), and the one time of all."""

    reason: str = ""
    at: datetime | None = None

    @classmethod
    def now(cls, reason: str = "") -> "Change":
        return cls(reason.replace("\0", "").strip()[:LONGEST], timezone.now())


def last_numbers(mous: MemberOUS) -> dict[tuple[str, str], int]:
    """The highest version by directory and name: names that were left out meanwhile count too."""
    rows = Product.objects.filter(mous=mous, origin=Product.Origin.DELIVERED).order_by()
    found = rows.values_list("directory", "name").annotate(last=Max("version"))
    return {(directory, name): last for directory, name, last in found}


def set_aside(held: Iterable[Product], change: Change) -> None:
    """No longer in force; before their successors are inserted, for one of a name is in force at a time.

    Under a recall they are withdrawn too: what is wrong must not come back as an old version when the recall is undone.
    """
    rows = Product.objects.filter(pk__in=[row.pk for row in held])
    reason = MemberOUS.objects.filter(pk=OuterRef("mous")).values("recall_reason")
    wrong = rows.filter(mous__recalled_at__isnull=False, withdrawn_at=None)
    wrong.update(withdrawn_at=change.at, withdrawn_reason=Concat(Value("recalled: "), Subquery(reason)))
    rows.update(superseded_at=change.at)


def succeed(held: Product | None, product: Product) -> None:
    if held is not None:
        held.superseded_by = product
        held.save(update_fields=["superseded_by"])


def replace(old: Product, new: Product, *, by, holder, reason: str) -> None:
    """A cube that was made here takes the place of `old`, and so do its companions; `holder` had the place of `old`.

    What the new one comes without (a mask) is out of force too.  The caller has locked the place, and has `new` saved.
    """
    now, successors = timezone.now(), {row.layer: row for row in [new, *new.companions.all()]}
    for row in successors.values():
        row.version, row.version_reason = old.version + 1, reason
        row.save(update_fields=["version", "version_reason"])
    for row in [old, *old.companions.all()]:
        row.superseded_at, row.superseded_by = now, successors.get(row.layer)
        row.save(update_fields=["superseded_at", "superseded_by"])
    change_letters.tell(
        ProductChange.objects.create(product=old, what="superseded", at=now, by=by, holder=holder, reason=reason)
    )


def leave_out(mous: MemberOUS, delivery, files: Iterable, change: Change) -> list[str]:
    """Set aside what a re-reduction does not have any more, and return the places of it.

    Only where a reason says that it is one, and of those directories alone that came whole with it: what a part of a
    package lacks is in the other parts.  Raw data are not reduced again.
    """
    if not change.reason:
        return []
    came = {file.place for file in files}
    whole = {file.directory for file in files if _whole(file.directory, delivery)}
    rows = listing.current_delivered(mous).filter(directory__in=whole).exclude(role="raw")
    gone = [row for row in rows if f"{row.directory}/{row.name}" not in came]
    set_aside(gone, change)
    for row in gone:
        place = f"{row.directory}/{row.name}"
        sentence = f"{place} is not among the files of the re-reduction: {change.reason}"
        findings.report(mous, ABSENT, sentence, subject=place)
    return sorted(f"{row.directory}/{row.name}" for row in gone)


def _whole(directory, delivery):
    parts = delivery.parts
    if delivery.cycle0 or directory.split("/")[0] == "product":
        return parts.products_complete
    return parts.auxiliary


def with_history(products: Iterable[Product], mous, user, now) -> tuple[list[Product], list[Product]]:
    """The `products` of a MOUS, each with its `older` versions, newest first; and those that lead to none of them."""
    listed, gone, ends = list(products), [], {}
    for product in listed:
        product.older, product.token = [], token(product.name)
    shown = {product.pk: product for product in listed}
    for row in superseded(mous, user, now):
        row.words = sentence(row)
        end = shown.get(latest(row, ends))
        (end.older if end else gone).append(row)
    return listed, gone


def superseded(mous, user, now):
    """Versions of a MOUS that are not in force and can be downloaded still, newest first, with `readable`."""
    rows = listing.known(user, now).filter(listing.kept(now), mous=mous, superseded_at__isnull=False)
    return rows.select_related("superseded_by").order_by("-superseded_at", "directory", "name", "-version")


def latest(row: Product, ends: dict | None = None):
    """Key of the version in which the line of `row` ends: its own where nothing came after it."""
    ends = {} if ends is None else ends
    line = []
    while row.superseded_by_id is not None and row.pk not in ends:
        line.append(row.pk)
        row = row.superseded_by
    end = ends.get(row.pk, row.pk)
    ends.update(dict.fromkeys(line, end))
    return end


def sentence(row: Product) -> str:
    """What became of a version, for who may have its bytes: reasons can tell of them."""
    if row.superseded_at is None:
        return ""
    when = f"{row.superseded_at:%Y-%m-%d}"
    if (after := _after(row)) is None:
        why = reason_left_out(row)
        return f"No longer in force since {when}: it is not among the files of the re-reduction{_because(row, why)}."
    return f"Superseded on {when} by version {after.version}{_because(row, after.version_reason)}."


def _after(row):
    """What came after it; a companion that has no successor of its own went with its image."""
    if row.superseded_by is None and row.companion_of is not None:
        return row.companion_of.superseded_by
    return row.superseded_by


def _because(row, reason):
    return f" ({reason})" if reason and getattr(row, "readable", False) else ""


def reason_left_out(row: Product) -> str:
    """In the words of what came at the moment when this was left out."""
    came = Product.objects.filter(mous=row.mous_id, stored_at=row.superseded_at).exclude(version_reason="")
    return came.values_list("version_reason", flat=True).first() or ""


def token(name: str) -> str:
    """What the version in a name means, where it has one."""
    if not (counted := naming.parse(name).version) or str(counted) in {"1", "v1"}:
        return ""
    image = str(counted).removeprefix("v")
    return f"v{image} in the name is the pipeline's: image number {image} of this product in one run"


def of_file(product: Product, user, now) -> list[Product]:
    """Every version of this file that is kept and that `user` may know of, newest first, with `readable`."""
    same = Q(pk__in=_line(product))
    if product.origin == Product.Origin.DELIVERED:
        same = Q(origin=product.origin, directory=product.directory, name=product.name)
    rows = listing.known(user, now).filter(same, listing.kept(now), mous=product.mous_id)
    return list(rows.select_related("superseded_by").order_by("-version", "-stored_at"))


def _line(product: Product) -> set:
    """Keys of what this one superseded, and of what superseded it."""
    line: set = set()
    found = {product.pk}
    while found - line:
        line |= found
        near = Product.objects.filter(Q(superseded_by__in=line) | Q(supersedes__in=line))
        found = set(near.values_list("pk", flat=True))
    return line
