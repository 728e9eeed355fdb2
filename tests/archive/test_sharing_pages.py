"""The pages of sharing: who has access to a project, who may see that, and what I was given."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from archive import access, delegations, invitations
from archive.models import Delegation, Invitation, Project
from archive.staff import Role
from tests import make, people

ADDRESS = "guest@example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


@pytest.fixture
def pi(mous):
    return people.client(make.user("pi"))


@pytest.fixture
def page(mous):
    return reverse("access", args=[mous.project.code])


def text(answer):
    """What is read on a page, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def give(client, project, **form):
    return client.post(reverse("grant", args=[project.code]), form, follow=True)


def test_the_pi_gives_access_by_name_and_ends_it(mous, pi):
    friend = make.user("friend")

    shared = give(pi, mous.project, guest="friend", role="download", mous=mous.uid, expires_at="2999-12-30")
    assert f"friend may have the data of {mous.uid} from now on" in text(shared)
    assert f"friend download {mous.uid}" in text(shared)
    assert "2999-12-31 00:00 UTC named by pi" in text(shared)
    assert access.may_read(friend, mous, timezone.now())

    ended = pi.post(reverse("revoke", args=[Delegation.objects.get().pk]), follow=True)
    assert "friend has no more access by this delegation" in text(ended)
    assert "ended by pi" in text(ended)
    assert not access.may_read(friend, mous, timezone.now())


def test_the_pi_invites_by_address_and_withdraws(mous, pi, mailoutbox):
    sent = give(pi, mous.project, guest=ADDRESS, role="process", mous="", expires_at="")
    assert f"A letter with an invitation was sent to {ADDRESS}" in text(sent)
    assert mailoutbox[0].to == [ADDRESS]

    withdrawn = pi.post(reverse("withdraw-invitation", args=[Invitation.objects.get().pk]), follow=True)
    assert f"The invitation to {ADDRESS} was withdrawn" in text(withdrawn)
    assert "withdrawn by pi" in text(withdrawn)


@pytest.mark.parametrize(
    ("form", "status", "word"),
    [
        ({"guest": "nobody"}, 400, "There is no account nobody"),
        ({"guest": "a@b@c"}, 400, "not an e-mail address"),
        ({"guest": ""}, 400, "does not say"),
        ({"guest": "friend", "expires_at": "2001-01-01"}, 400, "has passed"),
        ({"guest": "friend", "expires_at": "soon"}, 400, "is not a day"),
        ({"guest": "friend", "role": "owner"}, 400, "no role owner"),
        ({"guest": "friend", "mous": "uid://A001/X1/X1"}, 404, "no member ObsUnitSet"),
        ({"guest": "fri\0end", "mous": "\0"}, 200, "friend may have"),
    ],
)
def test_what_cannot_be_given_is_told_on_the_page_and_the_form_stays_filled(mous, pi, form, status, word):
    make.user("friend")

    answer = give(pi, mous.project, **form)

    assert answer.status_code == status
    assert word in text(answer)
    assert status == 200 or f'value="{form["guest"]}"' in answer.content.decode()


def test_the_page_says_who_has_access_since_when_and_why(mous, pi, page):
    project, staff = mous.project, make.staff("ruth", Role.DATA_REDUCER)
    make.delegation(project, make.user("friend"), by=make.user("pi"), granted_at=make.LONG_AGO, reason="my student")
    make.delegation(project, make.user("gone"), by=make.user("pi"), granted_at=make.LONG_AGO, expires_at=make.NOW)
    make.assignment(project, staff, by=make.staff("astrid", Role.ARCHIVE_SCIENTIST), reason="QA2 of the target")
    make.assignment(project, make.staff("operator", Role.OPERATOR), by=staff, reason="opens nothing")
    invitations.invite(project, ADDRESS, by=make.user("pi"), now=timezone.now())

    shown = text(pi.get(page))

    now, past = shown.split("Access that has ended")
    for words in (
        "pi all whole project the beginning no end PI",
        "friend download and process whole project 2024-01-31 00:00 UTC no end named by pi: my student",
        "ruth (archive staff)",
        "assigned by astrid: QA2 of the target",
        f"{ADDRESS} download and process whole project",
        "invited by pi",
    ):
        assert words in now
    assert "operator" not in now
    assert "gone" in past
    assert "2024-06-01 12:00 UTC, its time was over" in past
    assert "gone" not in now


@pytest.mark.parametrize("route", ["access", "access-log"])
@pytest.mark.parametrize(
    ("who", "open_project", "confidential"),
    [
        ("pi", 200, 200),
        ("assigned staff", 200, 200),
        ("scientist", 200, 404),
        ("delegee", 403, 403),
        ("stranger", 403, 404),
        ("revoked", 403, 404),
        ("unassigned staff", 403, 404),
        ("assigned elsewhere", 403, 404),
        ("superuser", 200, 404),
        ("anonymous", 302, 302),
    ],
)
def test_who_sees_the_page(mous, route, who, open_project, confidential):
    cast = people.cast(mous) | {"scientist": make.staff("astrid", Role.ARCHIVE_SCIENTIST)}
    cast["assigned elsewhere"] = make.staff("ruth", Role.DATA_REDUCER)
    make.assignment(make.project("2023.1.00999.S"), cast["assigned elsewhere"], by=cast["pi"])
    client = people.client(cast.get(who) or (who == "superuser" and make.staff("root", is_superuser=True)) or None)
    address = reverse(route, args=[mous.project.code])

    assert client.get(address).status_code == open_project
    Project.objects.update(confidential=True)
    assert client.get(address).status_code == confidential


def test_who_may_not_know_of_a_project_is_told_what_is_told_of_one_that_is_not(mous):
    Project.objects.update(confidential=True)
    client = people.client(make.user("stranger"))
    for verb in ("access", "access-log", "grant"):
        ask = client.post if verb == "grant" else client.get
        hidden = text(ask(reverse(verb, args=[mous.project.code]), {"guest": "x"}))
        absent = text(ask(reverse(verb, args=["2023.1.00999.S"]), {"guest": "x"}))
        assert hidden.replace(mous.project.code, "CODE") == absent.replace("2023.1.00999.S", "CODE")


def test_assigned_staff_see_and_change_nothing(mous, page):
    staff = make.staff("ruth", Role.DATA_REDUCER)
    make.assignment(mous.project, staff, by=staff)
    given = make.delegation(mous.project, make.user("friend"), by=make.user("pi"))
    client = people.client(staff)

    assert "Give access" not in text(client.get(page))
    assert give(client, mous.project, guest="friend").status_code == 403
    assert client.post(reverse("revoke", args=[given.pk])).status_code == 404
    assert Delegation.objects.get().revoked_at is None


def test_an_archive_scientist_is_asked_for_a_reason(mous, page):
    client = people.client(make.staff("astrid", Role.ARCHIVE_SCIENTIST))
    make.user("friend")
    assert 'name="reason"' in client.get(page).content.decode()

    assert "give no reason" in text(give(client, mous.project, guest="friend", reason=""))
    assert "friend may have" in text(give(client, mous.project, guest="friend", reason="The PI asked for it"))
    assert "named by astrid: The PI asked for it" in text(client.get(page))


def test_the_project_page_tells_a_delegee_what_she_has(mous, client):
    make.delegation(mous.project, make.user("friend"), by=make.user("pi"), role="download", granted_at=make.LONG_AGO)
    address = mous.project.get_absolute_url()

    told = text(people.client(make.user("friend")).get(address))

    assert "You may download all data of this project, since 2024-01-31 00:00 UTC, without an end: pi gave you" in told
    assert "gave you" not in text(client.get(address))
    assert "gave you" not in text(people.client(make.user("stranger")).get(address))


def test_the_project_page_leads_the_pi_alone_to_who_has_access(mous, pi, page, client):
    address = mous.project.get_absolute_url()

    assert page in pi.get(address).content.decode()
    for other in (client, people.client(make.user("stranger"))):
        assert page not in other.get(address).content.decode()


def test_what_is_shared_with_me(mous):
    make.delegation(mous.project, make.user("friend"), by=make.user("pi"), granted_at=make.LONG_AGO)
    ended = delegations.grant(mous.project, "friend", by=make.user("pi"), now=make.NOW, mous=mous)
    delegations.revoke(ended, by=make.user("pi"), now=make.NOW)
    friend = people.client(make.user("friend"))

    shown = text(friend.get(reverse("shared")))
    current, past = shown.split("Ended")
    assert "2023.1.00101.S" in current
    assert mous.uid in past
    assert "2023.1.00101.S" not in text(people.client(make.user("stranger")).get(reverse("shared")))

    Delegation.objects.update(revoked_at=make.NOW, revoked_by=make.user("pi"))
    Project.objects.update(confidential=True)
    assert "2023.1.00101.S" not in text(friend.get(reverse("shared")))
