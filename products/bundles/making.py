"""Making a bundle: which products are asked for, which of them the reader may have, and what is said of the others."""

import hashlib
from dataclasses import dataclass

from django.db.models import F, Func, IntegerField

from archive.errors import ArchiveError
from products import blocks, listing
from products.bundles import contents, paths
from products.download import safe_name
from products.models import Bundle, Product

MOST_FILES = 100_000
READ_AT_MOST = 256 * 2**20  # bytes of files without CRC-32 that are read while the reader waits


class EmptyBundleError(ArchiveError):
    code = "empty-bundle"

    def __init__(self, left_out):
        why = f"None of the {left_out} files may be had by you now." if left_out else "No file is asked for."
        super().__init__(f"{why} A bundle has at least one.", "Log in, or choose other products.")


class BundleTooLargeError(ArchiveError):
    code = "bundle-too-large"

    def __init__(self, count):
        super().__init__(f"These are {count} files; a bundle has {MOST_FILES} at most.", "Make several bundles.")


@dataclass(frozen=True)
class Made:
    bundle: Bundle
    files: int
    unknown: int  # ids that name nothing the reader may know of


def find(key) -> Bundle:
    """A bundle by its id, with the number of its `files`; whether it is the reader's is asked of what is in it.

    Its long lists are read when they are looked at, which is seldom (products/bundles/plans.py).
    """
    counted = Bundle.objects.annotate(files=Func(F("products"), function="cardinality", output_field=IntegerField()))
    found = counted.defer("products", "paths", "left_out").filter(pk=key).first()
    if found is None:
        raise contents.UnknownBundleError(key)
    return found


def make(ids, *, by, now, name="") -> Made:
    """The bundle of the products `ids`, without those that `by` may not have: these are kept apart, to be told."""
    ids = list(dict.fromkeys(ids))
    if len(ids) > MOST_FILES:
        raise BundleTooLargeError(len(ids))
    known = [contents.File(*row) for row in contents.rows(ids, by, now)]
    hers = {file.id: file for file in known if file.readable and file.kept}
    if not hers:
        raise EmptyBundleError(len(known))
    bundle = kept(filled(hers, name, by, now), [file.id for file in known if file.id not in hers])
    bundle.files = len(hers)  # as `find` says it
    return Made(bundle, bundle.files, len(ids) - len(known))


def filled(files, name, by, now):
    """A bundle that is not saved yet."""
    products = Product.objects.filter(pk__in=list(files)).select_related("mous__gous__project")
    placed = paths.apart([(paths.of_product(product), str(product.pk)) for product in products])
    ordered = sorted(files.values(), key=lambda file: placed[str(file.id)])
    bundle = Bundle(
        name=safe_name(name)[:100] if name else _name_of(products),
        products=[file.id for file in ordered],
        paths=[placed[str(file.id)] for file in ordered],
        size=sum(file.size for file in ordered),
        made_by=by if by.is_authenticated else None,
        made_at=now,
    )
    bundle.sums_sha256 = hashlib.sha256(contents.of_files(bundle, ordered).sums).hexdigest()
    return bundle


def _name_of(products):
    """As ALMA names its tars, where all is of one MOUS or of one project."""
    members = {product.mous_id: product.mous for product in products}
    codes = {mous.project.code for mous in members.values()}
    if len(members) == 1:
        [mous] = members.values()
        return mous.name if mous.delivery_id else f"{mous.project.code}_{mous.name}"
    return codes.pop() if len(codes) == 1 else "altiplano"


def kept(bundle, left_out):
    """Who asks for the same again gets the same."""
    same = {name: getattr(bundle, name) for name in ("made_by", "name", "sums_sha256")}
    rest = {name: getattr(bundle, name) for name in ("products", "paths", "size", "made_at")}
    return Bundle.objects.get_or_create(**same, defaults=rest | {"left_out": left_out})[0]


def with_checksums(files) -> bool:
    """Whether all have the CRC-32 that a zip needs; of files that came in before these were kept, a few are read."""
    lacking = [file for file in files if file.crc32 is None]
    if sum(file.size for file in lacking) > READ_AT_MOST:
        return False
    for product in Product.objects.filter(pk__in=[file.id for file in lacking]):
        blocks.of(product)
    return True


def superseded(files) -> int:
    return sum(file.superseded_at is not None for file in files)


def left_out(bundle, *, by, now) -> list[dict]:
    """What was asked for and is not in the bundle, as far as `by` may know of it, and why she has not got it now."""
    rows = listing.known(by, now).filter(pk__in=bundle.left_out).order_by("directory", "name", "pk")
    return [{"product": row.pk, "name": row.name, "reason": _reason(row, now)} for row in rows]


def _reason(row, now):
    if not row.readable:
        return "proprietary"
    if row.withdrawn_at:
        return "withdrawn"
    if row.quarantined_at:
        return "quarantined"
    return "expired" if row.expires_at and row.expires_at <= now else "open now"
