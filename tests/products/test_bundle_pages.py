"""Buttons that make a bundle, and its page: what is in it, how to take it, and what was left out."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from products.models import Bundle, Product
from tests import make, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS


@pytest.fixture
def mous():
    mous = make.mous(release_at=make.LONG_AGO)
    for name in ("a.fits", "b.fits", "c.txt"):
        make.product(mous, name, content=name.encode())
    return mous


def page_of(client, **chosen):
    return client.post(reverse("bundles"), chosen, follow=True)


def test_a_button_on_the_page_of_a_mous_leads_to_all_of_its_files(client, mous):
    page = client.get(mous.get_absolute_url()).content.decode()
    assert "Download all: tar, zip or script" in page

    found = page_of(client, mous=mous.uid)

    bundle = Bundle.objects.get()
    assert found.redirect_chain == [(reverse("bundle-page", args=[bundle.pk]), 302)]
    assert len(bundle.products) == 3
    for name in ("bundle-sums", "bundle-manifest", "bundle-script"):
        assert reverse(name, args=[bundle.pk]) in found.content.decode()
    for kind in ("tar", "zip"):
        (address,) = re.findall(rf'"(/api/bundles/[^"]*\.{kind})"', found.content.decode())
        assert b"".join(client.get(address).streaming_content)


def test_the_page_of_a_bundle_leads_back_to_its_mous(client, mous, monkeypatch):
    other = make.mous("uid://A001/X1/X7", release_at=make.LONG_AGO)
    make.product(other, "d.fits", content=b"d")

    found = page_of(client, mous=[mous.uid, other.uid]).content.decode()
    for each in (mous, other):
        assert f'<a href="{each.get_absolute_url()}">{each.uid}</a>' in found
    assert "Of the MOUSs" in found
    monkeypatch.setattr("products.bundles.pages.MOST_NAMED", 1)
    shortened = client.get(reverse("bundle-page", args=[Bundle.objects.get().pk])).content.decode()

    assert "and 1 more" in shortened
    assert shortened.count("/mous/") == found.count("/mous/") - 1


def test_the_files_that_are_ticked_alone_are_taken(client, mous):
    chosen = Product.objects.get(name="b.fits")
    assert f'value="{chosen.pk}" form="chosen"' in client.get(mous.get_absolute_url()).content.decode()

    page_of(client, products=[str(chosen.pk)])

    assert Bundle.objects.get().products == [chosen.pk]


@pytest.mark.parametrize("chosen", [{}, {"products": ["no-id"]}, {"mous": "uid://A001/X9/X9"}, {"search": "band=99"}])
def test_a_choice_that_makes_no_bundle_is_refused_with_a_sentence(client, mous, chosen):
    answer = page_of(client, **chosen)

    assert answer.status_code in {400, 404}
    assert "refusal" in answer.content.decode()
    assert not Bundle.objects.exists()


def test_nothing_is_offered_of_what_one_may_not_have(client):
    mous = make.mous()
    product = make.product(mous, "a.fits", content=b"a")

    assert reverse("bundles") not in client.get(mous.get_absolute_url()).content.decode()
    assert page_of(client, products=[str(product.pk)]).status_code == 400


def test_what_was_left_out_is_told_to_who_may_know_of_it(client, mous):
    closed = make.mous("uid://A001/X7/X8", code="2023.1.00999.S")
    kept_back = make.product(closed, "closed.fits", content=b"x")
    hidden = make.mous("uid://A001/X7/X9", code="2023.1.00998.S")
    secret = make.product(hidden, "secret.fits", content=b"x")
    type(hidden.project).objects.filter(pk=hidden.project.pk).update(confidential=True)

    page = page_of(client, mous=mous.uid, products=[str(kept_back.pk), str(secret.pk)]).content.decode()

    assert "closed.fits" in page
    assert "secret.fits" not in page


def test_a_bundle_closes_with_its_data(client, mous):
    bundle = make.bundle(*mous.products.all(), by=AnonymousUser())
    assert client.get(reverse("bundle-page", args=[bundle.pk])).status_code == 200

    type(mous).objects.update(release_at=make.NEVER)

    answer = client.get(reverse("bundle-page", args=[bundle.pk]))
    assert answer.status_code in {401, 403}
    assert "a.fits" not in answer.content.decode()
