"""The page of a product: which version it is, what took its place, and why its bytes are not to be had."""

import pytest
from django.urls import reverse

from archive import recall
from archive.models import MemberOUS
from archive.staff import Role
from products import marks, versions
from products.models import Product
from tests import make, people

pytestmark = pytest.mark.django_db
WHY = "QA3: the flux scale was wrong"


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


@pytest.fixture
def first(mous):
    return make.product(mous, "a.fits", "image", directory="product", content=b"first")


@pytest.fixture
def second(mous, first):
    versions.set_aside([first], versions.Change.now(WHY))
    made = make.product(mous, "a.fits", "image", directory="product", content=b"second", version=2, version_reason=WHY)
    versions.succeed(first, made)
    return made


def page(product, person=None):
    answer = people.client(person).get(address(product))
    assert answer.status_code == 200
    return answer.content.decode()


def address(product):
    return reverse("product-page", args=[product.pk])


def release(mous):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.LONG_AGO)


def test_a_version_says_what_superseded_it_and_leads_there(mous, first, second):
    release(mous)

    text = page(first)

    assert f"by version 2 ({WHY})." in text
    assert f'<a href="{address(second)}">The version in force</a> is number 2.' in text
    assert reverse("product-named", args=[first.pk, "a.fits"]) in text  # it is handed out still


def test_the_version_in_force_says_why_there_is_it_and_leads_to_the_earlier(mous, first, second):
    release(mous)

    text = page(second)

    assert WHY in text
    assert f'href="{address(first)}"' in text
    assert "The version in force" not in text


def test_reasons_are_for_those_who_may_have_the_data(mous, first, second):
    for product in (first, second):
        assert WHY in page(product, mous.project.pi.user)
        assert WHY not in page(product)
        assert "by version 2." in page(first)


def test_a_file_with_one_version_has_no_list_of_them(mous, first):
    assert 'id="versions"' not in page(first)


def test_what_a_re_reduction_left_out_has_no_version_in_force(mous, first):
    release(mous)
    versions.set_aside([first], versions.Change.now(WHY))

    text = page(first)

    assert "it is not among the files of the re-reduction" in text
    assert "The version in force" not in text


def test_a_recalled_file_says_so_and_offers_nothing(mous, first):
    release(mous)
    scientist = make.staff("scientist", Role.ARCHIVE_SCIENTIST)
    recall.recall(mous, by=scientist, reason="of another project", now=make.NOW)

    for person in (None, mous.project.pi.user):
        text = page(first, person)
        assert "were recalled on" in text
        assert "of another project" in text
        assert reverse("product-named", args=[first.pk, "a.fits"]) not in text
        assert "proprietary" not in text


def test_staff_who_look_at_a_recalled_file_are_warned(mous, first):
    scientist = make.staff("scientist", Role.ARCHIVE_SCIENTIST)
    reducer = make.staff("reducer", Role.DATA_REDUCER)
    make.assignment(mous.project, reducer, by=scientist)
    recall.recall(mous, by=scientist, reason="of another project", now=make.NOW)

    text = page(first, reducer)

    assert "handed out to assigned staff alone" in text
    assert reverse("product-named", args=[first.pk, "a.fits"]) in text


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"withdrawn_at": make.NOW, "withdrawn_reason": "pixels were shifted"}, "pixels were shifted"),
        ({"expires_at": make.LONG_AGO}, "was kept until 2024-01-31"),
        ({"quarantined_at": make.NOW, "quarantine_reason": "its checksum differs"}, "its checksum differs"),
    ],
)
def test_what_is_not_handed_out_says_why_to_those_who_may_have_it(mous, first, end, words):
    Product.objects.filter(pk=first.pk).update(**end)

    assert words in page(first, mous.project.pi.user)
    assert words not in page(first)


@pytest.mark.parametrize("mark", sorted(marks.SENTENCES))
def test_what_is_odd_is_said_to_those_who_may_have_it(mous, first, mark):
    Product.objects.filter(pk=first.pk).update(marks=[mark])

    assert marks.SENTENCES[mark] in page(first, mous.project.pi.user)
    assert marks.SENTENCES[mark] not in page(first)


def test_a_stranger_is_told_whose_it_is_and_may_log_in(mous, first):
    text = page(first)

    assert "are proprietary" in text
    assert f"{reverse('login')}?next={address(first)}" in text
