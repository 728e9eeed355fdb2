"""Restored MeasurementSets are kept for some weeks: a letter before the end, a renewal, and no end of anything else."""

import smtplib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from archive.models import Project
from products.models import Product
from restores import keeping, tick
from restores.models import Phase, Request, RestoreDetails
from tests import make, people

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    made = make.mous(pi=pi)
    make.calibration(made)
    return made


@pytest.fixture
def restore(mous, pi):
    """A result that is kept for five days yet, of the thirty that it had."""
    now = timezone.now()
    facts = {"mous": mous, "calibration": mous.calibration, "owner": pi, "casa_version": make.CASA}
    made = Request.objects.create(kind="restore", phase=Phase.COMPLETED, ended_at=now, told_at=now, **facts)
    RestoreDetails.objects.create(request=made, keep_days=30)
    for name in ("first.ms.tar", "second.ms.tar"):
        make.product(mous, name, origin="restored", request_id=made.pk, expires_at=now + 5 * DAY)
    return made


def until(restore):
    [told] = set(Product.objects.filter(request_id=restore.pk).values_list("expires_at", flat=True))
    return told


def renewals(restore):
    return RestoreDetails.objects.get(request=restore).renewals


def expire(restore, at):
    Product.objects.filter(request_id=restore.pk).update(expires_at=at)


def test_the_owner_is_reminded_once_before_the_end(restore, mous, mailoutbox):
    tick.tick()
    tick.tick()

    [letter] = mailoutbox
    assert letter.to == ["pi@example.org"]
    assert f"{until(restore):%Y-%m-%d}" in letter.body
    assert f"/requests/{restore.pk}/" in letter.body
    assert mous.uid not in letter.subject


def test_nobody_is_reminded_long_before_the_end_or_after_it(restore, mailoutbox, settings):
    settings.REMINDER_DAYS = 4
    keeping.remind()
    settings.REMINDER_DAYS = 7
    expire(restore, timezone.now())
    keeping.remind()

    assert not mailoutbox


def test_a_letter_that_was_not_taken_is_sent_later(restore, mailoutbox, monkeypatch):
    def refuse(*words):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as down:
        down.setattr(keeping, "send_mail", refuse)
        keeping.remind()
    keeping.remind()

    assert len(mailoutbox) == 1


def test_who_may_no_longer_know_of_the_data_is_told_nothing(restore, mous, mailoutbox):
    Project.objects.update(confidential=True, pi=make.account(make.user("other")))

    keeping.remind()

    assert not mailoutbox


def test_a_renewal_keeps_all_files_for_their_usual_time_from_now_on(restore, pi):
    now = timezone.now()

    assert keeping.renew(restore, by=pi, now=now) == until(restore) == now + 30 * DAY
    assert renewals(restore) == 1


def test_a_second_click_takes_no_renewal(restore, pi):
    now = timezone.now()
    keeping.renew(restore, by=pi, now=now)

    keeping.renew(restore, by=pi, now=now + timedelta(minutes=1))

    assert (renewals(restore), until(restore)) == (1, now + 30 * DAY)


def test_after_a_renewal_the_owner_is_reminded_of_the_new_end(restore, pi, mailoutbox):
    keeping.remind()
    keeping.renew(restore, by=pi, now=timezone.now())
    keeping.remind()
    assert len(mailoutbox) == 1

    expire(restore, timezone.now() + DAY)
    keeping.remind()

    assert len(mailoutbox) == 2


def test_a_result_is_renewed_as_often_as_is_set_and_no_more(restore, pi, settings):
    settings.RENEWALS = 1
    keeping.renew(restore, by=pi, now=timezone.now())
    expire(restore, timezone.now() + DAY)

    with pytest.raises(keeping.RenewedOftenError, match="renewed 1 times"):
        keeping.renew(restore, by=pi, now=timezone.now())

    assert until(restore) < timezone.now() + DAY


def test_what_has_expired_is_not_brought_back(restore, pi):
    expire(restore, timezone.now())

    with pytest.raises(keeping.NothingToRenewError):
        keeping.renew(restore, by=pi, now=timezone.now())


def test_products_of_the_observatory_and_images_have_no_end(restore, mous, pi):
    delivered = make.product(mous, "cube.fits")
    image = make.product(mous, "image.fits", origin="imaged", request_id=make.product(mous, "x").pk)

    keeping.renew(restore, by=pi, now=timezone.now())

    assert {row.expires_at for row in Product.objects.filter(pk__in=[delivered.pk, image.pk])} == {None}


@pytest.mark.parametrize(("who", "status"), [("pi", 200), ("stranger", 404), ("anonymous", 401)])
def test_programs_renew_what_is_their_own(restore, mous, who, status):
    cast = {"pi": restore.owner, "stranger": make.user("stranger"), "anonymous": None}

    answer = people.client(cast[who], "token").post(reverse("api-restore-renewal", args=[restore.pk]))

    assert answer.status_code == status
    assert renewals(restore) == (status == 200)
    if status == 200:
        assert answer.json()["renewals_left"] == 5
        assert answer.json()["kept_until"][:10] == f"{until(restore):%Y-%m-%d}"


def test_who_lost_the_right_to_the_data_renews_nothing(restore, pi):
    Project.objects.update(pi=make.account(make.user("other")))

    answer = people.client(pi).post(reverse("renew", args=[restore.pk]))

    assert answer.status_code == 403
    assert renewals(restore) == 0


def test_the_page_offers_the_renewal_while_there_is_one(restore, pi, settings):
    page, button = reverse("request", args=[restore.pk]), reverse("renew", args=[restore.pk])
    reader = people.client(pi)
    assert button in reader.get(page).content.decode()

    assert "is kept until" in reader.post(button, follow=True).content.decode()
    settings.RENEWALS = 1

    told = reader.get(page).content.decode()
    assert button not in told
    assert "Kept until" in told
