"""What the demo has to tell: who may log in, what to click, what was made and how long it took."""

from rich.console import Console
from rich.table import Column, Table

from archive import uids
from products.models import Product
from restores.models import Request


def tell(console: Console, facts: dict) -> None:
    console.print(_accounts(facts["accounts"]))
    console.print(_made(facts))
    console.print(_stages(facts["stages"]))
    for what, path in _addresses(facts):
        console.print(f"{what:42} {facts['url']}{path}", soft_wrap=True)
    console.print("Letters, also those that prove an address you sign up with: var/mail")
    console.print("Accounts with tokens, uids and the injected truth: var/demo.json.  End it all: make stop")


def _accounts(accounts):
    table = Table("account", "password", "who", title="Accounts", title_justify="left")
    for name, account in accounts.items():
        table.add_row(name, account["password"], account["role"])
    return table


def _made(facts):
    numbers = [Column(heading, justify="right") for heading in ("MB", "seconds")]
    table = Table("request", Column("product", overflow="fold"), *numbers, title="Made with CASA", title_justify="left")
    for request in Request.objects.filter(pk__in=[facts["restore_request"], facts["image_request"]]).order_by(
        "created_at"
    ):
        seconds = f"{(request.ended_at - request.created_at).total_seconds():.1f}"
        for product in Product.objects.filter(request_id=request.pk).order_by("name"):
            table.add_row(request.kind, product.name, f"{product.size / 1e6:.2f}", seconds)
            seconds = ""
    return table


def _stages(stages):
    table = Table("stage", Column("seconds", justify="right"), title="Stages", title_justify="left")
    for name, seconds in stages.items():
        table.add_row(name, f"{seconds:.1f}")
    return table


def _addresses(facts):
    restored = facts["mous"]["proprietary"]
    yield "Start here", "/"
    yield "Search by position", "/search/?position=165.7966+27.9724&radius=1arcmin"
    for preset, uid in facts["mous"].items():
        yield f"The {preset} MOUS", f"/mous/{uids.file_form(uid)}/"
    yield "The cube's request (log in as alma_pi)", f"/requests/{facts['image_request']}/"
    yield "A proprietary file (alma_pi, reducer)", f"/api/products/{facts['proprietary_product']}/file"
    yield "A public file", f"/api/products/{facts['public_product']}/file"
    yield "The API of that MOUS", f"/api/mous/{uids.file_form(restored)}/"
    yield "The API, described", "/api/schema/"
