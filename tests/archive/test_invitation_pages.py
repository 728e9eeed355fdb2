"""The page behind the link of a letter: what is offered is shown to the guest alone, and only a button accepts it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from archive import invitations
from archive.models import Delegation, Invitation
from tests import make, people

ADDRESS = "guest@example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


def text(answer):
    """What is read on a page, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def link(mous, mailoutbox):
    invitations.invite(mous.project, ADDRESS, by=make.user("pi"), now=timezone.now(), role="download")
    return re.search(r"/invitations/\S+/", mailoutbox[0].body)[0]


def guest_client():
    guest = make.user("guest")
    EmailAddress.objects.create(user=guest, email=ADDRESS, verified=True, primary=True)
    return people.client(guest)


def test_a_guest_reads_and_accepts(mous, link):
    guest = guest_client()

    offer = guest.get(link)
    assert "pi offers you access" in text(offer)
    assert "2023.1.00101.S" in text(offer)
    assert "no-store" in offer["Cache-Control"]
    assert not Delegation.objects.exists()

    accepted = guest.post(link, follow=True)
    assert "You may have the data of 2023.1.00101.S from now on" in text(accepted)
    assert Delegation.objects.get().delegee.username == "guest"
    assert "has been accepted" in text(guest.get(link))


def test_who_has_not_logged_in_is_shown_nothing_but_the_way(mous, link, client):
    answer = client.get(link)

    assert answer.status_code == 200
    assert ADDRESS in text(answer)
    assert mous.project.code not in text(answer)
    assert f"{reverse('account_signup')}?next={link}" in answer.content.decode()
    assert f"{reverse('login')}?next={link}" in answer.content.decode()
    assert client.post(link).status_code == 302
    assert Invitation.objects.get().accepted_at is None


def test_another_account_is_told_which_address_to_verify(mous, link):
    other = people.client(make.user("other"))

    for answer in (other.get(link), other.post(link)):
        assert answer.status_code == 403
        assert ADDRESS in text(answer)
        assert mous.project.code not in text(answer)
        assert "NGC 1052" not in text(answer)
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize("change", ["withdrawn", "expired", "unknown"])
def test_a_link_that_is_no_good_is_a_sentence_without_the_project(mous, link, change):
    now = timezone.now()
    facts = {"withdrawn": {"withdrawn_at": now, "withdrawn_by": make.user("pi")}, "expired": {"valid_until": now}}
    Invitation.objects.update(**facts.get(change, {"secret_sha256": "x"}))
    guest = guest_client()

    for answer in (guest.get(link), guest.post(link)):
        assert answer.status_code == (404 if change == "unknown" else 410)
        assert "invitation" in text(answer)
        assert mous.project.code not in text(answer)
    assert not Delegation.objects.exists()


def test_who_signs_up_from_an_invitation_is_led_back_to_it(mous, link, client, mailoutbox):
    signing_up = re.search(r'href="([^"]*sign-up[^"]*)"', client.get(link).content.decode())[1]
    shown = client.get(signing_up).content.decode()
    onward = re.search(r'name="next" value="([^"]+)"', shown)[1]
    form = {"username": "newcomer", "email": ADDRESS, "password1": "a-long-password", "password2": "a-long-password"}
    client.post(signing_up, form | {"next": onward})

    confirming = re.search(r"/account/email/confirm/\S+", mailoutbox[-1].body)[0]
    elsewhere = Client()  # the letter may be read on another machine
    confirmed = elsewhere.post(confirming, follow=True)
    assert confirmed.redirect_chain[-1][0] == link
    log_in = re.search(r'href="([^"]*/login/[^"]*)"', confirmed.content.decode())[1]
    there = elsewhere.post(log_in, {"login": "newcomer", "password": "a-long-password"}, follow=True)

    assert there.redirect_chain[-1][0] == link
    assert "pi offers you access" in text(there)
    elsewhere.post(link)
    assert Delegation.objects.get().delegee.username == "newcomer"
