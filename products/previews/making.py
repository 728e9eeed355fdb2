"""Previews of an image that is archived: due from the transaction that brought it, made after it, made once.

The objects are stored before their rows, as all are.  One process at a time makes the previews of a product, under a
lock that ends with its connection: what a killed one leaves is due at once.  An image that kills whoever looks at it
is tried a few times and then written down as a finding, and so is one of which no picture can be made.
"""

import contextlib
import hashlib
import io
import logging
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from archive import findings
from archive.errors import ArchiveError, TransientError
from products.models import Preview, Previewing, Product
from products.previews import layout, reducing, rendering, spans
from products.store import Stored, open_store

MOST_TRIES = 3
FINDING = "no-preview"
# What a header or pixels that make no sense may come to, however much of them was looked at before.
BROKEN = (ArchiveError, ValueError, ArithmeticError, LookupError, TypeError, OSError, MemoryError, zlib.error)

log = logging.getLogger(__name__)


class BrokenOffError(ArchiveError):
    status = 500
    code = "preview-broken-off"

    def __init__(self) -> None:
        super().__init__(f"Whoever made its previews died, {MOST_TRIES} times.", "Look into the logs of the workers.")


def due(mous_uid: str | None = None):
    """Rows of images whose previews are to be made; of what is not handed out, not now."""
    rows = Previewing.objects.filter(made_at=None, problem="", product__superseded_at=None)
    rows = rows.filter(product__withdrawn_at=None, product__quarantined_at=None)
    return rows.filter(product__mous__uid=mous_uid) if mous_uid else rows


def make_due(mous_uid: str | None = None, *, stopped: Callable[[], bool] = bool) -> Counter:
    """Make all that are due, oldest first, until `stopped()`; how many products came to "made" and to "failed".

    `TransientError` when the store does not answer: the rest stays due.
    """
    done: Counter = Counter()
    for product_id in list(due(mous_uid).order_by("product__stored_at").values_list("pk", flat=True)):
        if stopped():
            break
        done[make(product_id)] += 1
    return done


def again(products) -> int:
    """Have the previews of `products` made once more, also those that could not be made."""
    return Previewing.objects.filter(product__in=products).update(made_at=None, problem="", tries=0)


def make(product_id) -> str:
    """Make the previews of one product if they are due: "made", "failed", or "left" to whoever is at it or has been."""
    with _alone(product_id) as ours:
        if not (ours and due().filter(pk=product_id).exists()):
            return "left"
        product = Product.objects.select_related("mous").get(pk=product_id)
        try:
            _count_try(product_id)
            previews = [(one, _stored(one)) for one in pictures(product)]
        except TransientError:
            Previewing.objects.filter(pk=product_id).update(tries=F("tries") - 1)
            raise
        except BROKEN as error:
            _note_problem(product, error)
            return "failed"
        _keep(product, previews)
        return "made"


def pictures(product: Product) -> list[rendering.Rendered]:
    """All previews of a product, from its stored bytes alone."""
    packed = product.name.endswith(".gz")
    shape = layout.layout_of(product.header, product.size, packed=packed)
    store = open_store()
    stored = spans.InStore(store, product.key)
    source = spans.Packed(lambda: store.stream(product.key)) if packed else stored
    reduced = reducing.reduce(source, shape)
    windows = "_".join(str(number) for number in product.spws)
    title = " ".join([str(product.header.get("object") or product.name), *([f"spw {windows}"] if windows else [])])
    return rendering.render(reduced, shape, product.header, title=title)


def _count_try(product_id) -> None:
    """Committed before the work begins; the last one that is allowed is the one before."""
    if not Previewing.objects.filter(pk=product_id, tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        raise BrokenOffError


def _stored(one: rendering.Rendered) -> Stored:
    store = open_store()
    return store.put(store.new_key(one.name), io.BytesIO(one.body), size=len(one.body))


def _keep(product: Product, previews: list[tuple[rendering.Rendered, Stored]]) -> None:
    with transaction.atomic():
        Preview.objects.filter(product=product).delete()
        for one, stored in previews:
            Preview.objects.create(
                product=product,
                kind=one.kind,
                width=one.width,
                name=one.name,
                key=stored.key,
                size=stored.size,
                sha256=stored.sha256,
                media_type=one.media_type,
            )
        open_store().require_present(stored for _, stored in previews)
        Previewing.objects.filter(pk=product.pk).update(made_at=timezone.now(), problem="")
        findings.settle(product.mous, FINDING, subject=product.name)


def _note_problem(product: Product, error: Exception) -> None:
    senseless = f"No preview can be made: its header or its pixels make no sense ({type(error).__name__})."
    why = str(error) if isinstance(error, ArchiveError) else senseless
    # Where, but not what it says: who reads the log may have no right to what stands in a header.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.warning("No preview of product %s: %s at %s:%s", product.pk, type(error).__name__, frame.name, frame.lineno)
    with transaction.atomic():
        Previewing.objects.filter(pk=product.pk).update(problem=why)
        findings.report(product.mous, FINDING, f"{product.name}: {why}", subject=product.name)


@contextlib.contextmanager
def _alone(product_id) -> Iterator[bool]:
    number = int.from_bytes(hashlib.sha256(f"preview {product_id}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        ours = cursor.fetchone()[0]
        try:
            yield ours
        finally:
            if ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
