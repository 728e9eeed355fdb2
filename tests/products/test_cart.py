"""A cart over several pages: what is put in, what is told of it, and that it names nothing one may not know of."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from archive.models import Delegation, MemberOUS, Project
from products.bundles import cart
from products.models import Bundle, Product
from tests import make, people

pytestmark = pytest.mark.django_db
OTHER = "uid://A001/X1/X7"
ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS


@pytest.fixture
def mous():
    """Public, of three files."""
    mous = make.mous(release_at=make.LONG_AGO)
    for name in ("a.fits", "b.fits", "c.txt"):
        make.product(mous, name, content=name.encode())
    return mous


@pytest.fixture
def other():
    """Of another project, proprietary, of two files."""
    other = make.mous(OTHER, code="2023.1.00909.S", pi=make.user("owner"))
    make.product(other, "d.fits", content=b"four")
    make.product(other, "e.fits", content=b"five5")
    return other


def change(client, do="add", **named):
    return client.post(reverse("cart-change"), {"do": do} | named)


def page(client):
    return re.sub(r"\s+", " ", client.get(reverse("cart")).content.decode())


def told(client):
    """Files, and how many of them are locked."""
    text = page(client)
    files = re.search(r"<dt>Files</dt><dd>(\d+)</dd>", text)
    locked = re.search(r'<span class="lock">(\d+) of them', text)
    return (int(files[1]) if files else 0, int(locked[1]) if locked else 0)


def in_head(client):
    found = re.search(r'aria-label="(\d+) in it"', client.get("/").content.decode())
    return int(found[1]) if found else 0


def file(mous, name):
    return Product.objects.get(mous=mous, name=name)


def test_what_is_put_in_on_several_pages_becomes_one_bundle(client, mous, other):
    Project.objects.filter(pk=other.project.pk).update(confidential=False)
    MemberOUS.objects.filter(pk=other.pk).update(release_at=make.LONG_AGO)
    change(client, products=[str(file(mous, "a.fits").pk), str(file(mous, "c.txt").pk)])
    change(client, mous=other.uid)
    assert (told(client), in_head(client)) == ((4, 0), 3)

    answer = client.post(reverse("bundles"), {"cart": "1"})

    bundle = Bundle.objects.get()
    assert answer["Location"] == reverse("bundle-page", args=[bundle.pk])
    assert {path.rpartition("/")[2] for path in bundle.paths} == {"a.fits", "c.txt", "d.fits", "e.fits"}
    assert in_head(client) == 3


def test_a_file_that_is_in_it_twice_is_counted_once(client, mous):
    change(client, products=str(file(mous, "a.fits").pk))
    change(client, mous=mous.uid)
    change(client, mous=mous.uid)

    assert (told(client), in_head(client)) == ((3, 0), 2)


def test_whole_mouss_of_a_search_are_put_in(client, mous):
    change(client, search="project=2023.1.00101.S")

    assert in_head(client) == 0  # nothing is indexed


def test_what_is_locked_is_told_and_left_out_of_the_bundle(client, mous, other):
    change(client, mous=[mous.uid, other.uid])
    assert told(client) == (5, 2)
    assert "Log in</a> if it is yours" in page(client)

    client.post(reverse("bundles"), {"cart": "1"})

    bundle = Bundle.objects.get()
    assert (len(bundle.products), len(bundle.left_out)) == (3, 2)


def test_things_are_taken_out_and_it_is_emptied(client, mous, other):
    change(client, products=str(file(mous, "a.fits").pk), mous=[mous.uid, other.uid])

    change(client, "remove", mous=mous.uid)
    assert (told(client)[0], in_head(client)) == (3, 2)
    change(client, "remove", products=str(file(mous, "a.fits").pk))
    assert (told(client)[0], in_head(client)) == (2, 1)
    change(client, "empty")
    assert "It is empty" in page(client)
    assert "cart" not in client.session


def test_it_is_a_visitors_own_and_stays_when_she_logs_in(client, mous, other):
    change(client, mous=[mous.uid, other.uid])
    assert in_head(Client()) == 0

    client.force_login(other.project.pi.user)

    assert told(client) == (5, 0)
    client.logout()
    assert in_head(client) == 0


def test_who_only_looks_gets_no_session(client, mous):
    client.get(reverse("cart"))
    client.get(mous.get_absolute_url())

    assert not Session.objects.exists()


# What is hidden


def test_what_became_hidden_is_no_entry_and_is_not_counted(client, mous, other):
    change(client, mous=[mous.uid, other.uid], products=str(file(other, "d.fits").pk))
    assert in_head(client) == 3

    Project.objects.filter(pk=other.project.pk).update(confidential=True)

    text = page(client)
    assert (told(client), in_head(client)) == ((3, 0), 1)
    assert not [name for name in (other.uid, "d.fits", other.project.code) if name in text]
    client.post(reverse("bundles"), {"cart": "1"})
    assert (len(Bundle.objects.get().products), Bundle.objects.get().left_out) == (3, [])


def test_of_a_delegee_whose_right_ended_the_cart_keeps_what_she_may_know(mous, other):
    Project.objects.filter(pk=other.project.pk).update(confidential=True)
    delegee = make.user("delegee")
    make.delegation(other.project, delegee, by=other.project.pi.user)
    client = people.client(delegee)
    change(client, mous=[mous.uid, other.uid])
    assert told(client) == (5, 0)

    Delegation.objects.update(revoked_at=make.NOW, revoked_by=other.project.pi.user)

    assert (told(client), in_head(client)) == ((3, 0), 1)


def test_hidden_and_absent_are_refused_alike(client, other):
    Project.objects.filter(pk=other.project.pk).update(confidential=True)

    hidden, absent = (change(client, products=str(key)) for key in (file(other, "d.fits").pk, ABSENT))

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert "cart" not in client.session
    assert change(client, mous=other.uid).status_code == 404


# What cannot be meant


def test_a_cart_has_an_end(client, mous, other, monkeypatch):
    monkeypatch.setattr(cart, "MOST_ENTRIES", 3)
    change(client, mous=[mous.uid, other.uid], products=str(file(mous, "a.fits").pk))

    full = change(client, products=str(file(mous, "b.fits").pk))

    assert full.status_code == 409
    assert in_head(client) == 3
    assert change(client, products=str(file(mous, "a.fits").pk)).status_code == 302  # in it already


@pytest.mark.parametrize("sent", [{"do": "paint"}, {}, {"do": "add", "products": "x"}, {"do": "add", "mous": "x y"}])
def test_what_cannot_be_meant_is_refused(client, sent):
    assert 400 <= client.post(reverse("cart-change"), sent).status_code < 500


@pytest.mark.parametrize("there", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_nobody_is_sent_to_another_site(client, mous, there):
    answer = change(client, mous=mous.uid, next=there)

    assert answer["Location"] == reverse("cart")
    assert change(client, mous=mous.uid, next="/search/?band=3")["Location"] == "/search/?band=3"


def test_nothing_is_put_in_from_another_site(mous):
    client = Client(enforce_csrf_checks=True)

    assert change(client, mous=mous.uid).status_code == 403


# Its buttons


def test_pages_of_mouss_and_files_have_buttons(client, mous, other):
    for address, name, value in (
        (mous.get_absolute_url(), "mous", mous.uid),
        (other.get_absolute_url(), "mous", other.uid),
        (reverse("product-page", args=[file(mous, "a.fits").pk]), "products", file(mous, "a.fits").pk),
    ):
        text = client.get(address).content.decode()
        assert f'<input type="hidden" name="{name}" value="{value}"><button class="quiet">Put' in text
        assert f'<input type="hidden" name="next" value="{address}">' in text
