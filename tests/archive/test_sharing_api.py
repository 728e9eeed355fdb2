"""Delegations and invitations as programs make and end them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from archive import access
from archive.models import Delegation
from archive.staff import Role
from tests import make, people

ADDRESS = "guest@example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


def test_the_api_grants_invites_lists_and_withdraws(mous, mailoutbox):
    pi = people.client(make.user("pi"), "token")
    make.user("friend")
    terms = {"project": mous.project.code, "mous": mous.name, "role": "download", "expires_at": "2999-12-31T00:00:00Z"}

    granted = pi.post(reverse("api-delegations"), terms | {"delegee": "friend"}, content_type="application/json")
    sent = pi.post(reverse("api-delegations"), terms | {"address": ADDRESS}, content_type="application/json")

    assert (granted.status_code, sent.status_code) == (201, 202)
    for made in (granted.json(), sent.json()):
        assert (made["mous"], made["role"], made["expires_at"]) == (mous.uid, "download", "2999-12-31T00:00:00Z")
    assert granted.json()["in_force"] is True
    assert mailoutbox[0].to == [ADDRESS]
    assert "secret" not in str(sent.json())
    assert pi.get(reverse("api-invitations")).json()["results"] == [sent.json()]
    assert pi.delete(sent.json()["url"]).status_code == 204
    assert pi.get(sent.json()["url"]).json()["withdrawn_at"]
    assert pi.delete(granted.json()["url"]).status_code == 204
    assert pi.get(granted.json()["url"]).json()["in_force"] is False


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "missing-parameter"),
        ({"delegee": "friend", "address": ADDRESS}, "bad-parameter"),
        ({"delegee": "friend", "role": 7}, "bad-parameter"),
        ({"delegee": "friend", "until": "2030-01-01"}, "unknown-parameter"),
        ({"delegee": "friend", "expires_at": "2030-01-01T00:00:00"}, "bad-end"),
        ({"delegee": "friend", "mous": "rubbish"}, "unknown-mous"),
    ],
)
def test_the_api_takes_nothing_it_does_not_know(mous, sent, code):
    make.user("friend")
    body = {"project": mous.project.code} | sent

    answer = people.client(make.user("pi")).post(reverse("api-delegations"), body, content_type="application/json")

    assert answer.json()["error"]["code"] == code
    assert not Delegation.objects.exists()


def test_staff_end_by_the_api_with_a_reason(mous):
    given = make.delegation(mous.project, make.user("friend"), by=make.user("pi"))
    staff, address = (
        people.client(make.staff("astrid", Role.ARCHIVE_SCIENTIST)),
        reverse("api-delegation", args=[given.pk]),
    )

    assert staff.delete(address).json()["error"]["code"] == "reason-needed"
    lax = staff.delete(address, {"reason": "x", "why": "x"}, content_type="application/json")
    assert lax.json()["error"]["code"] == "unknown-parameter"
    assert staff.delete(address, {"reason": "The PI asked"}, content_type="application/json").status_code == 204
    assert not access.may_read(make.user("friend"), mous, timezone.now())
