"""Whose an ALMA account is, and who may say so."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction

from archive import access, accounts, invitations
from archive.invited import WithdrawnInvitationError
from archive.models import AlmaAccount, Decision, Delegation, DelegationRole, Invitation, MemberOUS
from archive.refusals import UnchangedError
from archive.staff import Role, WrongRoleError
from archive.terms import Terms
from tests import make, people

pytestmark = pytest.mark.django_db
DECIDING = (Role.ADMINISTRATOR, Role.ARCHIVE_SCIENTIST)


@pytest.fixture
def chief():
    return make.staff("chief", Role.ADMINISTRATOR)


@pytest.fixture
def vega():
    return make.user("vega")


@pytest.fixture
def mous():
    """Proprietary, with a PI whose ALMA account is nobody's yet."""
    made = make.mous()
    made.project.pi = AlmaAccount.objects.create(name="v.pi")
    made.project.save()
    return made


def link(person, name="v.pi", *, by, reason="ALMA confirmed it by letter"):
    return accounts.link(name, person, by=by, reason=reason, now=make.NOW)


def assert_it(person, name="v.pi"):
    return accounts.link_asserted(name, person, provider="ALMA", now=make.NOW)


def may_have(person, mous):
    return MemberOUS.objects.filter(access.readable_by(person, make.NOW), pk=mous.pk).exists()


@pytest.mark.parametrize("role", DECIDING)
def test_a_link_makes_its_person_pi_and_is_written_down(mous, vega, role):
    chief = make.staff("chief", role)
    link(vega, by=chief)

    assert may_have(vega, mous)
    written = Decision.objects.get()
    assert (written.about, written.person, written.by, written.at) == ("ALMA account", vega, chief, make.NOW)
    assert (written.before, written.after, written.reason) == ("nobody", "vega", "ALMA confirmed it by letter")
    assert written.alma_account.name == "v.pi"


def test_a_provider_links_without_a_person_who_decides(mous, vega):
    assert_it(vega)

    assert may_have(vega, mous)
    assert (Decision.objects.get().by, Decision.objects.get().reason) == (None, "ALMA says so")


def test_what_is_said_again_is_not_written_again(vega, chief):
    for _ in range(2):
        link(vega, by=chief)
        assert_it(vega)

    assert Decision.objects.count() == 1


@pytest.mark.parametrize("role", [*sorted(set(Role) - set(DECIDING)), None])
def test_other_staff_and_people_do_not_link(vega, role):
    clerk = make.staff("clerk", role) if role else make.user("clerk")

    with pytest.raises(WrongRoleError):
        link(vega, by=clerk)
    with pytest.raises(WrongRoleError):
        accounts.unlink("v.pi", by=clerk, reason="no longer", now=make.NOW)
    assert not AlmaAccount.objects.exclude(user=None).exists()


def test_nobody_links_herself(chief):
    make.user("root", is_staff=True, is_superuser=True)
    for herself in (chief, make.user("root")):
        with pytest.raises(accounts.OwnLinkError):
            link(herself, by=herself)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_link_needs_a_reason(vega, chief, reason):
    with pytest.raises(accounts.AccountFactsError, match="for a reason"):
        link(vega, by=chief, reason=reason)


@pytest.mark.parametrize("name", ["", "  ", "v" * 151])
def test_a_link_needs_a_name(vega, name):
    with pytest.raises(accounts.AccountFactsError, match="no name"):
        assert_it(vega, name)


@pytest.mark.parametrize("say", [lambda person, chief: link(person, by=chief), lambda person, _: assert_it(person)])
def test_a_name_that_is_somebodys_is_given_to_nobody_else(mous, vega, chief, say):
    link(vega, by=chief)

    with pytest.raises(accounts.LinkedElsewhereError, match="another person"):
        say(make.user("orion"), chief)
    assert may_have(vega, mous)
    assert not may_have(make.user("orion"), mous)
    assert Decision.objects.count() == 1


def test_nobody_has_two(vega, chief):
    link(vega, by=chief)

    with pytest.raises(accounts.OtherLinkError, match=r"has the ALMA account v\.pi already"):
        assert_it(vega, "other")


def test_taking_back_ends_what_came_with_it(mous, vega, chief):
    link(vega, by=chief)
    accounts.unlink("v.pi", by=chief, reason="it was her namesake", now=make.NOW)

    assert not may_have(vega, mous)
    assert Decision.objects.last().after == "nobody"
    assert Decision.objects.last().person == vega
    with pytest.raises(accounts.NotLinkedError):
        accounts.unlink("v.pi", by=chief, reason="once more", now=make.NOW)


def test_the_provider_does_not_overrule_staff_who_took_it_back(mous, vega, chief):
    assert_it(vega)
    accounts.unlink("v.pi", by=chief, reason="it was her namesake", now=make.NOW)

    for person in (vega, make.user("orion")):
        with pytest.raises(accounts.TakenBackError):
            assert_it(person)
        assert not may_have(person, mous)

    link(make.user("orion"), by=chief)
    assert_it(make.user("orion"))
    assert may_have(make.user("orion"), mous)


def shared(mous, vega, rita):
    """What vega gave as PI: access for rita, and a letter that anybody with its address can accept."""
    make.delegation(mous.project, rita, by=vega)
    EmailAddress.objects.create(user=rita, email="guest@alma.example", verified=True, primary=True)
    terms = Terms(mous.project, None, DelegationRole.DOWNLOAD, None, "")
    with transaction.atomic():
        return invitations._make(terms, "guest@alma.example", vega, make.NOW)[1]


def test_taking_back_ends_what_the_person_gave_as_pi_and_counts_it(mous, vega, chief):
    rita, other = make.user("rita"), make.delegation(make.project("2023.1.00202.S"), make.user("rita"), by=vega)
    by_staff = make.delegation(mous.project, make.user("orion"), by=chief)
    link(vega, by=chief)
    secret = shared(mous, vega, rita)
    assert may_have(rita, mous)

    accounts.unlink("v.pi", by=chief, reason="it was her namesake", now=make.NOW)

    assert not may_have(rita, mous)
    with pytest.raises(WithdrawnInvitationError):
        invitations.accept(secret, by=rita, now=make.NOW)
    link(vega, by=chief)  # nor does it come back with her
    assert not may_have(rita, mous)
    told = Decision.objects.get(after="nobody").reason
    assert told == "it was her namesake (2 delegations and invitations that vega gave have ended.)"
    assert Delegation.objects.get(revoked_by=chief).revoked_at == make.NOW
    assert set(Delegation.objects.filter(revoked_at=None)) == {other, by_staff}


def test_a_user_name_that_is_an_alma_name_gives_nothing(mous):
    namesake = make.user("v.pi")

    assert not may_have(namesake, mous)
    assert not access.may_delegate(namesake, mous.project)


def take_off(person, *, by, reason="lost her telephone; knew us by video"):
    accounts.take_off_second_factor(person, by=by, reason=reason, now=make.NOW)


def test_an_administrator_takes_a_lost_second_factor_off_and_it_is_written_down(vega, chief):
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=vega, type=kind, data={})
    with pytest.raises(WrongRoleError):
        take_off(vega, by=make.staff("clerk", Role.ARCHIVE_SCIENTIST))
    with pytest.raises(accounts.AccountFactsError):
        take_off(vega, by=chief, reason=" ")
    assert Authenticator.objects.count() == 2

    take_off(vega, by=chief)

    assert not Authenticator.objects.exists()
    written = Decision.objects.get()
    assert (written.person, written.by, written.before, written.after) == (vega, chief, "a second factor", "none")
    with pytest.raises(accounts.NoSecondFactorError):
        take_off(vega, by=chief)


def test_an_address_counts_when_it_is_proved(vega):
    EmailAddress.objects.create(user=vega, email="Vega@ALMA.example", verified=True, primary=True)
    EmailAddress.objects.create(user=vega, email="new@alma.example", verified=False)

    assert accounts.verified_addresses(vega) == {"vega@alma.example"}
    assert accounts.verified_addresses(AnonymousUser()) == set()
    assert accounts.owner_of_address("VEGA@alma.example") == vega
    assert accounts.owner_of_address("new@alma.example") is None


def test_an_invitation_stays_with_the_address_it_was_sent_to(mous, vega):
    """Whoever proves the address is the guest; the account that had it once, is not."""
    had = EmailAddress.objects.create(user=vega, email="guest@alma.example", verified=True, primary=True)
    offer = Invitation.objects.create(
        project=mous.project,
        address="guest@alma.example",
        secret_sha256="0" * 64,
        invited_by=make.user("pi"),
        valid_until=make.NOW,
    )
    assert offer.address in accounts.verified_addresses(vega)

    had.delete()
    EmailAddress.objects.create(user=vega, email="moved@alma.example", verified=True, primary=True)
    EmailAddress.objects.create(user=make.user("orion"), email="guest@alma.example", verified=True, primary=True)

    assert offer.address not in accounts.verified_addresses(vega)
    assert offer.address in accounts.verified_addresses(make.user("orion"))


def test_a_second_factor_is_taken_off_by_a_command(vega, chief, capsys):
    Authenticator.objects.create(user=vega, type=Authenticator.Type.TOTP, data={})

    call_command("take_off_second_factor", "vega", by="chief", reason="lost her telephone")

    assert "vega has no second factor any more" in capsys.readouterr().out
    assert not Authenticator.objects.exists()


def test_a_closed_account_has_nothing_and_opens_again_with_its_rights(mous, vega, chief):
    link(vega, by=chief)
    reason = "left astronomy"

    accounts.close(vega, by=chief, reason=reason, now=make.NOW)
    vega.refresh_from_db()
    assert not may_have(vega, mous)

    accounts.reopen(vega, by=chief, reason="came back", now=make.NOW)
    vega.refresh_from_db()
    assert may_have(vega, mous)
    told = [(each.before, each.after, each.reason) for each in Decision.objects.order_by("pk")[1:]]
    assert told == [("open", "closed", reason), ("closed", "open", "came back")]


def test_an_account_is_closed_by_another_administrator_with_a_reason_and_once(vega, chief):
    scientist = make.staff("scientist", Role.ARCHIVE_SCIENTIST)
    for by, reason, refusal in (
        (scientist, "x", WrongRoleError),
        (chief, " ", accounts.AccountFactsError),
    ):
        with pytest.raises(refusal):
            accounts.close(vega, by=by, reason=reason, now=make.NOW)
    with pytest.raises(accounts.OwnAccountError):
        accounts.close(chief, by=chief, reason="x", now=make.NOW)

    call_command("close_account", "vega", by="chief", reason="left astronomy")
    with pytest.raises(UnchangedError, match="vega is closed"):
        accounts.close(vega, by=chief, reason="again", now=make.NOW)
    call_command("reopen_account", "vega", by="chief", reason="came back")

    vega.refresh_from_db()
    assert vega.is_active


def test_what_a_closed_account_had_logged_in_with_is_refused_after_it_opens_again(vega, chief):
    browser, program, other = people.client(vega), people.client(vega, "token"), people.client(chief)
    assert (browser.get("/tokens/").status_code, program.get("/api/restores/").status_code) == (200, 200)

    accounts.close(vega, by=chief, reason="left astronomy", now=make.NOW)
    accounts.reopen(vega, by=chief, reason="came back", now=make.NOW)

    assert (browser.get("/tokens/").status_code, program.get("/api/restores/").status_code) == (302, 401)
    assert other.get("/tokens/").status_code == 200
    assert people.client(vega).get("/tokens/").status_code == 200


def test_a_log_in_that_was_under_way_at_the_closing_is_no_good_after_the_opening(vega, chief):
    accounts.close(vega, by=chief, reason="left astronomy", now=make.NOW)
    late = people.client(vega)

    accounts.reopen(vega, by=chief, reason="came back", now=make.NOW)

    assert late.get("/tokens/").status_code == 302


def test_a_closed_account_is_out_of_its_session_at_once(vega, chief):
    browser = people.client(vega)
    assert browser.get("/tokens/").status_code == 200

    accounts.close(vega, by=chief, reason="left astronomy", now=make.NOW)

    assert browser.get("/tokens/").status_code == 302
