"""The rows of the matrix: for each route how it is called, the scope a token needs, and the table of each method.

A new route needs a row here, and one in altiplano/policies.py.
"""

from archive.models import ApiToken
from products import withdraw
from tests.matrix import expected as told
from tests.matrix.accounts import ACCOUNTS
from tests.matrix.admin import ADMIN
from tests.matrix.deciding import DECIDING, WITHDRAWAL, withdrawn
from tests.matrix.expected import ANY, LOG_IN, MOVED, Row
from tests.matrix.findings import FINDINGS
from tests.matrix.searching import SEARCHING
from tests.matrix.sharing import SHARING
from tests.matrix.world import finish_cube, finish_restore, restore_of


def project(place):
    return [place.project.code]


def mous(place):
    return [place.mous.name]


def gous(place):
    return [place.mous.gous.name]


def product(place):
    return [place.file.pk]


def named_product(place):
    return [place.file.pk, place.file.name]


def block(place):
    return [place.mous.ebs.first().name]


def preview(place):
    return [place.file.pk, "numbers.json"]


def bundle(place):
    return [place.bundle.pk]


def archive(place):
    return [place.bundle.pk, "bundle.tar"]


def products_chosen(place):
    return {"products": [str(place.file.pk)]}


def put_into_cart(place):
    return {"do": "add"} | products_chosen(place)


def request_of(owner):
    return lambda place: [place.requests[owner].pk]


def restore_by(owner):
    return lambda case: [restore_of(case.place, case.place.requests[owner].owner).pk]


def finished_restore_by(owner):
    return lambda case: [finish_restore(restore_of(case.place, case.place.requests[owner].owner)).pk]


def ended_with_cube(owner):
    """The request itself is in the address already."""

    def prepare(case):
        finish_cube(case.place.requests[owner])
        return []

    return prepare


def cube_of(owner):
    return lambda case: [finish_cube(case.place.requests[owner]).pk]


def withdrawn_cube_of(owner):
    def prepare(case):
        cube = finish_cube(case.place.requests[owner])
        withdraw.withdraw(cube, by=case.place.requests[owner].owner, reason="wrong line")
        return [cube.pk]

    return prepare


def own_token(case):
    if case.person == "anonymous":
        return ["0123456789abcde"]
    return [ApiToken.objects.create(case.world.people[case.person], scopes=[])[0].token_key]


def image_asked(place):
    return {"mous": place.mous.uid, "source": "NGC1052"}


def mous_asked(place):
    return {"mous": place.mous.uid}


def image_form(place):
    return {"source": "NGC1052", "continuum": "on"}


def reason(place):
    return {"reason": "wrong flux scale"}


LOOKING = {
    "home": [
        Row({"GET": told.anyone()}),
        Row({"GET": told.NAMED_MOUS}, query=lambda place: f"?q={place.mous.uid}", states=ANY),
        Row({"GET": told.NAMED_PROJECT}, query=lambda place: f"?q={place.project.code}", states=ANY),
        Row({"GET": told.NAMED_MOUS}, query=lambda place: f"?q={place.mous.gous.uid}", states=ANY),
    ],
    "project": [Row({"GET": told.PROJECT}, project, states=ANY)],
    "gous": [Row({"GET": told.DESCRIPTION}, gous, states=ANY)],
    "mous": [Row({"GET": told.DESCRIPTION}, mous, states=ANY)],
    "api-gous": [Row({"GET": told.DESCRIPTION}, gous, "search", states=ANY)],
    "api-project": [Row({"GET": told.PROJECT}, project, "search", states=ANY)],
    "api-mous": [Row({"GET": told.DESCRIPTION}, mous, "search", states=ANY)],
    "completeness": [Row({"GET": told.DESCRIPTION}, mous, states=ANY)],
    "api-completeness": [Row({"GET": told.DESCRIPTION}, mous, "search", states=ANY)],
    "api-products": [
        Row({"GET": told.DESCRIPTION}, scope="search", query=lambda place: f"?mous={place.mous.name}", states=ANY)
    ],
    "api-product": [Row({"GET": told.DESCRIPTION}, product, "search", states=ANY)],
    "product-file": [Row({"GET": told.BYTES}, product, "download", states=ANY)],
    "product-named": [Row({"GET": told.BYTES}, named_product, "download", states=ANY)],
    "raw-data": [Row({"GET": told.BYTES}, block, "download", states=ANY)],
    "product-page": [Row({"GET": told.DESCRIPTION}, product, states=ANY)],
    "api-previews": [Row({"GET": told.BYTES}, product, "download", states=ANY)],
    "preview": [Row({"GET": told.BYTES}, preview, "download", states=ANY)],
    "product-blocks": [Row({"GET": told.BYTES}, product, "download", states=ANY)],
    "cart": [Row({"GET": told.anyone()})],
    "cart-change": [Row({"POST": told.INTO_CART}, body=put_into_cart, states=ANY)],
    "bundles": [Row({"POST": told.CHOSEN_ON_PAGE}, body=products_chosen, states=ANY)],
    "bundle-page": [Row({"GET": told.BYTES_ON_PAGE}, bundle, states=ANY)],
    "api-bundles": [Row({"POST": told.CHOSEN}, scope="download", body=products_chosen, states=ANY)],
    "api-bundle": [Row({"GET": told.BYTES}, bundle, "download", states=ANY)],
    "bundle-sums": [Row({"GET": told.BYTES}, bundle, "download", states=ANY)],
    "bundle-manifest": [Row({"GET": told.BYTES}, bundle, "download", states=ANY)],
    "bundle-script": [Row({"GET": told.BYTES}, bundle, "download", states=ANY)],
    "bundle-file": [Row({"GET": told.BYTES}, archive, "download", states=ANY)],
}
WORK = {
    "restore": [Row({"POST": told.work(MOVED, LOG_IN)}, mous, states=ANY)],
    "image": [
        Row({"GET": told.work(200, LOG_IN), "POST": told.work(MOVED, LOG_IN)}, mous, body=image_form, states=ANY)
    ],
    "requests": [Row({"GET": told.account(200)})],
    "request": [
        Row({"GET": told.of_pi(200, LOG_IN)}, request_of("PI"), states=ANY),
        Row({"GET": told.of_revoked(200, LOG_IN)}, request_of("revoked delegee"), states=ANY),
    ],
    "abort": [
        Row({"POST": told.of_pi(MOVED, LOG_IN)}, request_of("PI"), states=ANY),
        Row({"POST": told.of_revoked(MOVED, LOG_IN)}, request_of("revoked delegee"), states=ANY),
    ],
    "renew": [
        Row({"POST": told.of_owner(MOVED, LOG_IN)}, prepare=finished_restore_by("PI"), states=ANY),
    ],
    "api-restore-renewal": [
        Row({"POST": told.of_owner(200, 401)}, scope="request", prepare=finished_restore_by("PI"), states=ANY),
    ],
    "withdraw-cube": [
        Row(
            {"POST": WITHDRAWAL},
            request_of("PI"),
            body=reason,
            prepare=ended_with_cube("PI"),
            states=ANY,
        )
    ],
    "withdraw-product": [
        Row({"POST": withdrawn(MOVED, LOG_IN)}, prepare=cube_of("PI"), body=reason, states=ANY),
    ],
    "bring-back": [
        Row({"POST": withdrawn(MOVED, LOG_IN)}, prepare=withdrawn_cube_of("PI"), body=reason, states=ANY),
    ],
    "api-withdrawal": [
        Row({"POST": withdrawn(200, 401)}, scope="request", prepare=cube_of("PI"), body=reason, states=ANY),
        Row({"DELETE": withdrawn(200, 401)}, scope="request", prepare=withdrawn_cube_of("PI"), body=reason, states=ANY),
    ],
    "api-restores": [
        Row({"GET": told.account(200, 401)}, scope="request"),
        Row({"POST": told.work(201, 401)}, scope="request", body=mous_asked, states=ANY),
    ],
    "api-restore": [
        Row(
            {"GET": told.of_pi(200, 401), "DELETE": told.of_pi(204, 401)},
            scope="request",
            prepare=restore_by("PI"),
            states=ANY,
        )
    ],
    "api-images": [
        Row({"GET": told.account(200, 401)}, scope="request"),
        Row({"POST": told.work(201, 401)}, scope="request", body=image_asked, states=ANY),
    ],
    "api-image": [
        Row({"GET": told.of_pi(200, 401), "DELETE": told.of_pi(204, 401)}, request_of("PI"), "request", states=ANY),
        Row({"GET": told.of_revoked(200, 401)}, request_of("revoked delegee"), "request", states=ANY),
    ],
}
TOKENS = {
    "tokens": [
        Row({"GET": told.account(200), "POST": told.account(400)}),
        Row({"POST": told.account(200)}, body=lambda place: {"name": "x", "scopes": ["search"], "lifetime": "90"}),
    ],
    "revoke-token": [
        Row({"POST": told.account(404)}, lambda place: ["0123456789abcde"]),
        Row({"POST": told.account(MOVED)}, prepare=own_token),
    ],
}
SERVICE = {
    "api-schema": [Row({"GET": told.anyone()}, scope="search")],
    "client-program": [Row({"GET": told.anyone()})],
    "healthz": [Row({"GET": told.anyone()})],
    "readyz": [Row({"GET": told.anyone()})],
}
ROWS = LOOKING | SEARCHING | WORK | FINDINGS | SHARING | DECIDING | TOKENS | ACCOUNTS | ADMIN | SERVICE
