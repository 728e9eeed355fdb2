"""Whether a reader may go on: by the whole rule, or by seeing that nothing has changed since it was asked."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import transaction
from django.utils import timezone

from archive import repeated, unchanged
from archive.errors import ArchiveError
from archive.models import ApiToken, Delegation, MemberOUS, Project, StaffAssignment
from products import standing
from products.models import Product
from products.standing import Standing
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
SOON = timedelta(seconds=0.4)


@pytest.fixture
def product(mous):
    return make.product(mous, "caltables.tgz")


@pytest.fixture
def asked(monkeypatch):
    """Of which products the whole rule was asked."""
    there, before = [], repeated.Repeated.asked

    def noted(self, **filled):
        there.append(filled["product"])
        return before(self, **filled)

    monkeypatch.setattr(repeated.Repeated, "asked", noted)
    return there


@pytest.mark.parametrize("role", ["pi", "delegee", "assigned staff", "anonymous"])
def test_while_nothing_is_committed_the_rule_is_not_asked_again(mous, cast, product, asked, role):
    """A commit in another database of the server counts too, so beside other tests not every time is spared."""
    if role == "anonymous":
        MemberOUS.objects.update(release_at=make.LONG_AGO)
    reader = Standing(cast[role] or AnonymousUser(), None)
    now = timezone.now()

    for _ in range(100):
        reader.require(product.pk, now)

    assert len(asked) < 50


def test_of_each_product_the_rule_is_asked(mous, cast, product, asked):
    other, reader, now = make.product(mous, "other.tgz"), Standing(cast["pi"], None), timezone.now()

    for one in (product, other, product):
        reader.require(one.pk, now)

    assert asked == [product.pk, other.pk, product.pk]


def test_whatever_is_committed_it_is_asked_again(cast, product, asked):
    reader, now = Standing(cast["pi"], None), timezone.now()
    reader.require(product.pk, now)

    Group.objects.create(name="of no importance")
    reader.require(product.pk, now)

    assert asked == [product.pk] * 2


@pytest.mark.parametrize("later", [standing.MOST_SECONDS, -0.001])
def test_after_a_second_it_is_asked_again_and_where_a_clock_went_back(cast, product, asked, later):
    reader, now = Standing(cast["pi"], None), timezone.now()
    reader.require(product.pk, now)

    reader.require(product.pk, now + timedelta(seconds=later))

    assert asked == [product.pk] * 2


def test_in_a_transaction_it_is_always_asked(cast, product):
    with transaction.atomic():
        reader, now = Standing(cast["pi"], None), timezone.now()
        reader.require(product.pk, now)
        Product.objects.update(withdrawn_at=now)

        with pytest.raises(ArchiveError):
            reader.require(product.pk, now)


def test_where_the_moment_is_not_told_it_is_asked(cast, product, asked, monkeypatch):
    monkeypatch.setattr(unchanged, "asked", lambda: lambda: unchanged.UNKNOWN)
    reader, now = Standing(cast["pi"], None), timezone.now()

    for _ in range(3):
        reader.require(product.pk, now)

    assert asked == [product.pk] * 3


# How a right ends


def revoke(person):
    Delegation.objects.filter(delegee=person).update(revoked_at=timezone.now(), revoked_by=person)


def close_account(person):
    person.__class__.objects.filter(pk=person.pk).update(is_active=False)


def change_password(person):
    person.__class__.objects.filter(pk=person.pk).update(password="another")


def withdraw(person):
    Product.objects.update(withdrawn_at=timezone.now())


def quarantine(person):
    Product.objects.update(quarantined_at=timezone.now(), quarantine_reason="rotten")


def hide(person):
    Delegation.objects.filter(delegee=person).delete()
    Project.objects.update(confidential=True)


def recall(person):
    MemberOUS.objects.update(recalled_at=timezone.now(), recall_reason="wrong data")


@pytest.mark.parametrize("lose", [revoke, close_account, change_password, withdraw, quarantine, hide, recall])
def test_a_right_that_is_taken_back_is_seen_at_the_next_question(cast, product, lose):
    person, now = cast["delegee"], timezone.now()
    reader = Standing(person, None)
    for _ in range(2):
        reader.require(product.pk, now)

    lose(person)

    with pytest.raises(ArchiveError):
        reader.require(product.pk, timezone.now())


def test_so_is_a_token_and_the_assignment_of_staff(cast, product):
    token, now = ApiToken.objects.create(cast["delegee"])[0], timezone.now()
    with_token, staff = Standing(cast["delegee"], token), Standing(cast["assigned staff"], None)
    for one in (with_token, staff, with_token, staff):
        one.require(product.pk, now)

    ApiToken.objects.all().delete()
    StaffAssignment.objects.update(ended_at=now)

    for one in (with_token, staff):
        with pytest.raises(ArchiveError):
            one.require(product.pk, now)


def delegation_ends(person, at):
    Delegation.objects.filter(delegee=person).update(granted_at=make.LONG_AGO, expires_at=at)


def token_ends(person, at):
    ApiToken.objects.update(expiry=at)


def product_ends(person, at):
    Product.objects.update(expires_at=at)


@pytest.mark.parametrize("ends", [delegation_ends, token_ends, product_ends])
def test_a_right_that_ends_by_itself_ends_at_its_very_second(cast, product, ends):
    token, now = ApiToken.objects.create(cast["delegee"])[0], timezone.now()
    ends(cast["delegee"], now + SOON)
    reader = Standing(cast["delegee"], token)
    reader.require(product.pk, now)
    reader.require(product.pk, now + SOON / 2)

    with pytest.raises(ArchiveError):
        reader.require(product.pk, now + SOON)


@pytest.mark.parametrize("account", [False, True])
def test_nothing_else_in_the_rule_ends_by_itself(account):
    """What begins by itself is no matter: it was not needed when she was asked."""
    text, _ = standing._stills(account, True).within("fixed")

    ending = set(re.findall(r'"(\w+)" > \(?%\(now\)s', text))
    beginning = set(re.findall(r'"(\w+)" <= \(?%\(now\)s', text))

    assert beginning == {"release_at"}
    assert ending == {"expiry", "expires_at"}
    assert len(re.findall(r"%\(now\)s", text)) == len(re.findall(r'"\w+" (?:>|<=) \(?%\(now\)s', text))


def test_the_database_is_asked_while_something_else_is_done(cast, product):
    reader, now, done = Standing(cast["pi"], None), timezone.now(), []

    for number in range(2):
        reader.require(product.pk, now, meanwhile=lambda number=number: done.append(number))
    Product.objects.update(withdrawn_at=now)
    with pytest.raises(ArchiveError):
        reader.require(product.pk, now, meanwhile=lambda: done.append(2))

    assert done == [0, 1, 2]
