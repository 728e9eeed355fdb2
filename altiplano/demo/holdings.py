"""The demo's holdings: deliveries, simulated once, kept under `var/demo` and ingested like any other; and some rows of
ALMA's public ObsCore table, of real observations that nobody has delivered to the demo.
"""

import json
from pathlib import Path

from django.core.management import call_command

from archive.models import MemberOUS
from products.models import Product


def ensure_deliveries(out: Path) -> Path:
    """Three deliveries; their truth is written last, so what has none is made again."""
    if not (out / "truth.json").exists():
        call_command("simulate_delivery", str(out))
    return out


def ensure_ingested(out: Path) -> None:
    """Ingest the deliveries, unless the index holds them already."""
    uids = truth(out).keys()
    held = MemberOUS.objects.filter(uid__in=uids, parts_seen__len__gt=0, delivered_at__isnull=False)
    if held.count() < len(uids):
        call_command("ingest_delivery", *sorted(map(str, out.glob("*.tar"))), facts=out / "facts.json")


def ensure_announced() -> None:
    """Twenty rows of NGC 3504: five MOUSs in two groups.  Rows that are indexed already stay as they are."""
    call_command("load_obscore", str(Path(__file__).with_name("obscore.csv")))


def truth(out: Path) -> dict:
    """What was injected, by the uid of the MOUS."""
    return json.loads((out / "truth.json").read_text())["mous"]


def by_preset(out: Path) -> dict:
    """The uid of each preset's MOUS."""
    return {facts["preset"]: uid for uid, facts in truth(out).items()}


def science_product(uid: str) -> Product:
    """An image of the target, to click on."""
    rows = Product.objects.filter(mous__uid=uid, role="science_image", layer="pbcor", superseded_at=None)
    return rows.order_by("size").first()
