"""The way from the pages to the process that serves files: the ticket says who comes, and opens nothing."""

import logging
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from archive import delegations
from archive.models import AccessRecord, ApiToken, Delegation, MemberOUS, Project
from products import tickets
from products.models import Product
from tests import make, people

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256)) * 4
FILES = "https://files.example.org"


@pytest.fixture
def mous():
    return make.mous()


@pytest.fixture
def cast(mous):
    return people.cast(mous)


@pytest.fixture
def product(mous):
    return make.product(mous, "member.caltables.tgz", content=BYTES)


@pytest.fixture(autouse=True)
def pages(settings):
    """This process serves pages, and files are served elsewhere."""
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    settings.ALLOWED_HOSTS = ["*"]
    settings.FILES_URL = FILES


@pytest.fixture
def files(settings):
    """What the process for files answers to an address it was given, by a client that brings nothing else along."""

    def get(where, client=None, **headers):
        settings.SERVES_FILES_ALONE = True
        try:
            return (client or Client()).get(where.removeprefix(FILES), headers=headers)
        finally:
            settings.SERVES_FILES_ALONE = False

    return get


def address(product):
    return reverse("product-file", args=[product.pk])


def sent_on(product, person, way="session", **headers):
    """Where the pages send `person` for the bytes."""
    answer = people.client(person, way).get(address(product), headers=headers)
    assert answer.status_code == 307, answer.content
    return answer["Location"]


def received(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("way", people.WAYS)
@pytest.mark.parametrize("role", sorted(people.ENTITLED))
def test_who_may_have_the_bytes_is_sent_on_and_known_there(product, cast, files, role, way):
    answer = files(sent_on(product, cast[role], way))

    assert (answer.status_code, received(answer)) == (200, BYTES)
    assert {record.person for record in AccessRecord.objects.all()} == {cast[role]}


def test_public_files_are_sent_to_people_without_an_account_too(product, mous, files):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.LONG_AGO)

    assert received(files(sent_on(product, None))) == BYTES


def test_the_pages_send_no_bytes_and_write_nothing_down(product, cast):
    sent_on(product, cast["pi"])

    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("role", ["anonymous", "stranger", "revoked", "unassigned staff"])
def test_who_may_not_is_refused_before_any_ticket(product, cast, role):
    answer = people.client(cast[role]).get(address(product))

    assert answer.status_code == (401 if role == "anonymous" else 403)
    assert "Location" not in answer


def test_head_is_answered_by_the_pages(product, cast):
    answer = people.client(cast["pi"]).head(address(product))

    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(BYTES)))


def test_who_has_the_file_is_told_so_by_the_pages(product, cast):
    answer = people.client(cast["pi"]).get(address(product), headers={"If-None-Match": f'"{product.sha256}"'})

    assert answer.status_code == 304


def test_a_range_is_answered_where_the_bytes_are(product, cast, files):
    where = sent_on(product, cast["pi"], Range="bytes=9-19", If_Range=f'"{product.sha256}"')

    answer = files(where, Range="bytes=9-19", If_Range=f'"{product.sha256}"')

    assert (answer.status_code, received(answer)) == (206, BYTES[9:20])


def test_the_answer_that_holds_the_ticket_is_kept_nowhere(product, cast, files):
    answer = people.client(cast["pi"]).get(address(product))
    sent = files(answer["Location"])

    assert "no-store" in answer["Cache-Control"]
    assert "no-store" in sent["Cache-Control"]
    assert sent["Referrer-Policy"] == "no-referrer"


def revoke(cast, mous, product):
    granted = Delegation.objects.get(delegee=cast["delegee"])
    delegations.revoke(granted, by=cast["pi"], now=make.NOW)


def hide(cast, mous, product):
    revoke(cast, mous, product)
    Project.objects.update(confidential=True)


def withdraw(cast, mous, product):
    Product.objects.update(withdrawn_at=make.NOW)


def close_account(cast, mous, product):
    cast["delegee"].is_active = False
    cast["delegee"].save()


@pytest.mark.parametrize(("lose", "status"), [(revoke, 403), (hide, 404), (withdraw, 410), (close_account, 401)])
def test_a_ticket_opens_nothing_when_the_right_is_gone(product, cast, mous, files, lose, status):
    where = sent_on(product, cast["delegee"])

    lose(cast, mous, product)

    answer = files(where)
    assert answer.status_code == status
    assert BYTES[:64] not in received(answer)
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_ticket_is_as_good_as_the_token_it_was_given_for(product, cast, files, end):
    where = sent_on(product, cast["pi"], "token")

    if end == "revoked":
        ApiToken.objects.all().delete()
    else:
        ApiToken.objects.update(expiry=make.LONG_AGO)

    assert files(where).status_code == 401


def test_a_ticket_is_for_one_product(product, cast, mous, files):
    other = make.product(mous, "other.tgz", content=b"other")

    answer = files(sent_on(product, cast["pi"]).replace(str(product.pk), str(other.pk)))

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad-ticket")


@pytest.mark.parametrize(
    "ticket",
    ["x", "a:b:c", signing.dumps([1, "", "x"]), signing.dumps("text", salt="products.tickets"), "%00"],
    ids=["a word", "three words", "another salt", "a text", "a zero"],  # what is signed tells the time, a name must not
)
def test_a_ticket_of_another_make_is_refused(product, cast, files, ticket):
    answer = files(f"{address(product)}?ticket={ticket}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad-ticket")


def test_an_old_ticket_leads_back_to_the_pages(product, cast, files, monkeypatch, settings):
    where = sent_on(product, cast["pi"])
    monkeypatch.setattr(tickets, "SECONDS", -1)

    answer = files(where)

    assert answer.status_code == 307
    assert answer["Location"] == settings.SITE_URL + address(product)


def test_the_pages_take_no_ticket(product, cast):
    where = sent_on(product, cast["pi"])

    assert Client().get(where.removeprefix(FILES)).status_code == 401


def test_the_process_for_files_takes_names_and_passwords_as_well(product, cast, files):
    answer = files(address(product), people.client(cast["pi"], "basic"))

    assert received(answer) == BYTES


@pytest.mark.parametrize("path", ["/", "/api/schema/", "/admin/", "/login/", "/api/products/?mous=x", "/nowhere"])
def test_the_process_for_files_answers_for_nothing_else(files, path):
    assert files(path).status_code == 404


def test_the_process_for_files_answers_for_its_health(files):
    assert files("/healthz").status_code == 200


def test_no_log_and_no_answer_repeats_a_ticket(product, cast, mous, files, caplog):
    caplog.set_level(logging.DEBUG)
    where = sent_on(product, cast["delegee"])
    ticket = urlsplit(where).query.partition("=")[2]
    revoke(cast, mous, product)

    answers = [files(where), files(where, Accept="text/html"), files(where.replace("/file", "/nothing"))]

    told = "".join(str(vars(record)) for record in caplog.records)
    told += "".join(str(answer.headers) + answer.content.decode() for answer in answers)
    assert ticket not in told
    assert answers[0].wsgi_request.get_full_path() == address(product)


def test_what_else_stands_in_the_address_is_left_there(product, cast, files):
    answer = files(sent_on(product, cast["pi"]) + "&name=x")

    assert answer.wsgi_request.GET.dict() == {"name": "x"}
