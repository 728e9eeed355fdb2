"""Who has a copy of a cube is told when it is replaced or withdrawn: once, and no more than she may know."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import transaction
from django.utils import timezone

from archive import access_log
from archive.errors import TransientError
from archive.models import MemberOUS, Notice, Project
from archive.staff import Role
from products import download, slots, withdraw
from products.models import Product
from tests import make
from tests.products.test_renewal import take_at_once

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "the line was cut off"


@pytest.fixture
def people():
    names = ("pi", "holder", "delegee", "reader", "stranger")
    return {name: make.user(name) for name in names} | {"astrid": make.staff("astrid", Role.ARCHIVE_SCIENTIST)}


@pytest.fixture
def cube(people):
    """Of the holder, a delegee as the other one is, in a project of the PI; nobody took anything of it yet."""
    source = make.source(make.mous(pi=people["pi"]))
    for name in ("holder", "delegee"):
        make.delegation(source.mous.project, people[name], by=people["pi"])
    return stored(source, by=people["holder"])


def stored(source, *, by, replaces=None):
    request_id = uuid.uuid4()
    if replaces is None:
        slots.reserve(source, request_id=request_id, by=by)
    else:
        slots.reserve_next(source, replaces=replaces.pk, request_id=request_id, by=by, reason=WHY)
    made = {"origin": "imaged", "role": "user_cube", "source": source, "mode": "cube", "request_id": request_id}
    head = make.product(source.mous, "cube.pbcor.fits", layer="pbcor", key=f"{request_id}/i", **made)
    make.product(source.mous, "cube.pb.fits", layer="pb", key=f"{request_id}/b", companion_of=head, **made)
    slots.bind(request_id, head)
    return head


def take(file, who):
    now = timezone.now()
    return download.record(access_log.What.DOWNLOAD, file, by=who, now=now, bytes_asked=file.size)


def replaced(cube, by):
    return stored(cube.source, by=by, replaces=cube)


def withdrawn(cube, by):
    withdraw.withdraw(cube, by=by, reason=WHY)


EITHER = pytest.mark.parametrize("change", [replaced, withdrawn])


def told():
    return sorted(address.partition("@")[0] for letter in mail.outbox for address in letter.to)


def letter_to(name):
    (letter,) = [letter for letter in mail.outbox if letter.to == [f"{name}@example.org"]]
    return letter


@EITHER
def test_who_took_it_and_the_pi_are_told_once_and_not_who_did_it(cube, people, change):
    for name in ("holder", "delegee", "delegee"):
        take(cube, people[name])
    take(cube.companions.get(), people["delegee"])
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    take(cube, AnonymousUser())

    change(cube, people["holder"])

    assert told() == ["delegee", "pi"]
    assert all(WHY in letter.body and f"/products/{cube.pk}/" in letter.body for letter in mail.outbox)
    assert "You took:\n* cube.pb.fits\n* cube.pbcor.fits\n" in letter_to("delegee").body
    assert f"of your project {make.CODE}" in letter_to("pi").body
    assert cube.mous.uid not in letter_to("delegee").subject + letter_to("pi").subject


def test_the_letter_says_what_became_of_it(cube, people):
    take(cube, people["delegee"])

    new = replaced(cube, people["holder"])
    assert "it is version 1, and version 2 is in force now" in letter_to("delegee").body
    mail.outbox.clear()
    take(new, people["delegee"])
    withdrawn(new, people["holder"])
    assert "nobody can download it any more. Please do not use your copies." in letter_to("delegee").body
    mail.outbox.clear()
    withdraw.bring_back(new, by=people["holder"], reason="it was right")

    assert "is handed out again" in letter_to("delegee").body
    assert told() == ["delegee", "pi"]


@EITHER
def test_what_staff_do_is_told_the_holder_too_and_the_pi_who_took_it_once(cube, people, change):
    take(cube, people["pi"])

    change(cube, people["astrid"])

    assert told() == ["holder", "pi"]
    assert "that was made for you" in letter_to("holder").body


def test_the_pi_who_does_it_herself_gets_no_letter(cube, people):
    take(cube, people["pi"])
    withdrawn(cube, people["holder"])
    mail.outbox.clear()

    own = stored(cube.source, by=people["pi"])
    withdrawn(own, people["pi"])

    assert told() == []


@EITHER
def test_who_took_nothing_of_that_version_is_told_nothing(cube, people, change):
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    take(make.product(cube.mous, "other.fits"), people["delegee"])
    new = replaced(cube, people["holder"])
    take(cube, people["reader"])  # as the old version that it says it is
    mail.outbox.clear()

    change(new, people["holder"])

    assert told() == ["pi"]


@EITHER
def test_who_may_not_have_the_data_by_now_is_not_told_why(cube, people, change):
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    take(cube, people["reader"])
    MemberOUS.objects.update(release_at=make.NEVER)

    change(cube, people["holder"])

    assert told() == ["pi", "reader"]
    assert WHY not in letter_to("reader").body


@EITHER
def test_from_whom_the_project_is_hidden_by_now_is_told_nothing(cube, people, change):
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    take(cube, people["reader"])
    take(cube, people["delegee"])
    Project.objects.update(confidential=True)

    change(cube, people["holder"])

    assert told() == ["delegee", "pi"]
    assert not Notice.objects.filter(person=people["reader"]).exists()


def test_a_change_that_is_refused_tells_nobody(cube, people):
    take(cube, people["delegee"])

    with pytest.raises(withdraw.NotYoursToWithdrawError):
        withdrawn(cube, people["stranger"])

    assert told() == []
    assert Product.objects.get(pk=cube.pk).withdrawn_at is None


def test_nothing_is_taken_while_a_cube_is_withdrawn(cube, people):
    """A download waits for the end of it, and finds it withdrawn, or was before it and is told."""
    with transaction.atomic(), ThreadPoolExecutor(1) as elsewhere:
        withdrawn(cube, people["holder"])
        with pytest.raises(TransientError):
            elsewhere.submit(take_at_once, cube, people["delegee"]).result()

    assert told() == ["pi"]
