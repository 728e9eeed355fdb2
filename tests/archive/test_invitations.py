"""An invitation is a letter to an address: good once, for a time, for whoever proves that the address is hers."""

import hashlib
import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from archive import access, delegations, invitations, invited, letters
from archive.errors import ArchiveError
from archive.models import Decision, Delegation, Invitation, Project
from archive.on_behalf import NotPIError, ReasonNeededError
from archive.staff import Role
from tests import make

ADDRESS = "guest@example.org"
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    return make.mous(pi=pi)


@pytest.fixture
def guest():
    return proved(make.user("guest"), ADDRESS)


@pytest.fixture
def invite(mous, pi, mailoutbox):
    """Sends an invitation, and gives the secret of its letter."""

    def send(address=ADDRESS, *, by=pi, now=make.NOW, **terms):
        invitations.invite(mous.project, address, by=by, now=now, **terms)
        return secret_of(mailoutbox[-1])

    return send


def proved(person, address, *, verified=True):
    EmailAddress.objects.create(user=person, email=address, verified=verified, primary=True)
    return person


def secret_of(letter):
    return re.search(r"/invitations/([^/\s]+)/", letter.body)[1]


def test_who_has_the_address_accepts_and_has_what_was_offered(mous, pi, guest, invite):
    end = make.NOW + timedelta(days=90)
    secret = invite(mous=mous, role="download", expires_at=end)
    assert not access.may_read(guest, mous, make.NOW)

    made = invitations.accept(secret, by=guest, now=make.NOW + HOUR)

    assert access.may_read(guest, mous, make.NOW + HOUR)
    assert (made.delegee, made.mous, made.role, made.expires_at) == (guest, mous, "download", end)
    assert (made.granted_by, made.granted_at) == (pi, make.NOW + HOUR)
    assert made.invitation.accepted_by == guest


def test_only_the_hash_of_the_secret_is_kept(invite):
    secret = invite()

    row = Invitation.objects.values().get()
    assert row["secret_sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row)
    assert len(secret) >= 43


def test_whether_an_address_has_an_account_is_not_told(mous, pi, guest, mailoutbox):
    for address in (ADDRESS, "nobody@example.org"):
        invitations.invite(mous.project, address, by=pi, now=make.NOW)

    first, second = (letter.body.replace(letter.to[0], "") for letter in mailoutbox)
    assert re.sub("/invitations/.*/", "", first) == re.sub("/invitations/.*/", "", second)
    assert not Delegation.objects.exists()


def test_a_look_changes_nothing(guest, invite):
    secret = invite()

    for _ in range(2):
        assert invitations.offered(secret, to=guest, now=make.NOW).address == ADDRESS
    assert not Delegation.objects.exists()
    assert invitations.accept(secret, by=guest, now=make.NOW)


def test_it_is_good_once(guest, invite):
    secret = invite()
    made = invitations.accept(secret, by=guest, now=make.NOW)
    delegations.revoke(made, by=made.granted_by, now=make.NOW)

    with pytest.raises(invited.UsedInvitationError, match="good once"):
        invitations.accept(secret, by=guest, now=make.NOW)
    assert Delegation.objects.get().revoked_at


def test_it_is_good_for_a_time(settings, guest, invite):
    settings.INVITATION_DAYS = 2
    secret = invite()
    end = make.NOW + timedelta(days=2)
    assert invitations.offered(secret, to=guest, now=end - timedelta(seconds=1))

    with pytest.raises(invited.ExpiredInvitationError, match="2024-06-03 12:00 UTC"):
        invitations.accept(secret, by=guest, now=end)
    assert not Delegation.objects.exists()


def test_what_was_offered_until_a_day_is_not_given_after_it(guest, invite):
    secret = invite(expires_at=make.NOW + HOUR)

    with pytest.raises(invited.EndedOfferError):
        invitations.accept(secret, by=guest, now=make.NOW + HOUR)


def test_one_that_was_withdrawn_is_good_for_nothing(pi, guest, invite):
    secret = invite()
    row = Invitation.objects.get()
    invitations.withdraw(row, by=pi, now=make.NOW)

    with pytest.raises(invited.WithdrawnInvitationError):
        invitations.accept(secret, by=guest, now=make.NOW)
    assert invitations.withdraw(row, by=pi, now=make.NOW + HOUR).withdrawn_at == make.NOW


def test_one_that_was_accepted_is_not_withdrawn(pi, guest, invite):
    invitations.accept(invite(), by=guest, now=make.NOW)

    with pytest.raises(invited.UsedInvitationError):
        invitations.withdraw(Invitation.objects.get(), by=pi, now=make.NOW)
    assert Invitation.objects.get().withdrawn_at is None


def test_a_second_letter_takes_the_place_of_the_first(guest, invite):
    first = invite()
    second = invite(ADDRESS.upper(), role="download")

    with pytest.raises(invited.WithdrawnInvitationError, match="newer letter"):
        invitations.accept(first, by=guest, now=make.NOW)
    assert invitations.accept(second, by=guest, now=make.NOW).role == "download"


@pytest.mark.parametrize(
    ("address", "verified"),
    [(None, False), (ADDRESS, False), ("other@example.org", True), ("guest@example.org.evil.net", True)],
)
def test_who_has_not_proved_the_address_is_told_which_and_uses_nothing_up(guest, invite, address, verified):
    secret = invite()
    other = make.user("other", email=ADDRESS)
    if address:
        EmailAddress.objects.filter(email=address).delete()
        proved(other, address, verified=verified)

    with pytest.raises(invited.OtherAddressError, match=ADDRESS):
        invitations.accept(secret, by=other, now=make.NOW)
    assert Invitation.objects.get().accepted_at is None

    EmailAddress.objects.filter(email=ADDRESS).delete()
    assert invitations.accept(secret, by=proved(guest, ADDRESS), now=make.NOW)


def test_case_is_no_other_address(invite):
    secret = invite("Guest@Example.ORG")

    assert invitations.accept(secret, by=proved(make.user("guest"), ADDRESS), now=make.NOW)


def test_a_letter_of_another_script_is_another_address(invite):
    secret = invite("smith@example.org")

    with pytest.raises(invited.OtherAddressError):
        invitations.accept(secret, by=proved(make.user("other"), "\u017fmith@example.org"), now=make.NOW)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c.org",
        "a@example.org\nBcc: b@example.org",
        "mi\u212ae@example.org",
        "é@example.org",
        "x" * 250 + "@example.org",
    ],
)
def test_what_is_no_plain_address_is_refused(mous, pi, address, mailoutbox):
    with pytest.raises(invited.BadAddressError):
        invitations.invite(mous.project, address, by=pi, now=make.NOW)
    assert mailoutbox == []


def test_a_grant_stays_where_it_is_when_addresses_move(mous, guest, invite):
    """The account keeps what it accepted; whoever has the address afterwards has nothing by it."""
    invitations.accept(invite(), by=guest, now=make.NOW)
    EmailAddress.objects.filter(user=guest).update(email="elsewhere@example.org")
    heir = proved(make.user("heir"), ADDRESS)

    assert access.may_read(guest, mous, make.NOW)
    assert not access.may_read(heir, mous, make.NOW)


def test_an_offer_goes_to_who_has_the_address_now(mous, guest, invite):
    secret = invite()
    EmailAddress.objects.filter(user=guest).update(email="elsewhere@example.org")

    with pytest.raises(invited.OtherAddressError):
        invitations.accept(secret, by=guest, now=make.NOW)


def test_an_invitation_of_who_is_no_longer_pi_is_void(mous, guest, invite):
    secret = invite()
    make.project(pi=make.user("new_pi"))

    with pytest.raises(invited.VoidInvitationError, match="no longer"):
        invitations.accept(secret, by=guest, now=make.NOW)
    assert Invitation.objects.get().accepted_at is None


def test_an_invitation_of_staff_without_the_role_is_void(mous, pi, guest, invite):
    staff = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    secret = invite(by=staff, reason="The PI asked by telephone")
    staff.groups.clear()

    with pytest.raises(invited.VoidInvitationError):
        invitations.accept(secret, by=guest, now=make.NOW)


def test_only_who_may_give_access_may_invite_and_withdraw(mous, invite):
    invite()
    stranger, staff = make.user("stranger"), make.staff("astrid", Role.ARCHIVE_SCIENTIST)

    for somebody, refusal in ((stranger, NotPIError), (staff, ReasonNeededError)):
        with pytest.raises(refusal):
            invitations.invite(mous.project, ADDRESS, by=somebody, now=make.NOW)
        with pytest.raises(refusal):
            invitations.withdraw(Invitation.objects.get(), by=somebody, now=make.NOW)
    assert Invitation.objects.get().withdrawn_at is None


def test_the_pi_is_told_of_what_staff_offer_for_her(mous, pi, mailoutbox, django_capture_on_commit_callbacks):
    staff = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    with django_capture_on_commit_callbacks(execute=True):
        made = invitations.invite(mous.project, ADDRESS, by=staff, now=make.NOW, reason="She is at sea")
        invitations.withdraw(made, by=staff, now=make.NOW, reason="A mistake")

    assert [letter.to for letter in mailoutbox] == [[ADDRESS], [pi.email], [pi.email]]
    assert "for the PI" in mailoutbox[0].body
    assert [row.reason for row in Decision.objects.all()] == ["She is at sea", "A mistake"]


def test_nobody_accepts_what_she_offered_herself(mous, pi, invite):
    secret = invite(by=proved(make.staff("astrid", Role.ARCHIVE_SCIENTIST), ADDRESS), reason="curious")
    with pytest.raises(delegations.SelfDelegationError):
        invitations.accept(secret, by=make.user("astrid"), now=make.NOW)

    EmailAddress.objects.all().delete()
    with pytest.raises(delegations.OwnDelegationError):
        invitations.accept(invite(), by=proved(pi, ADDRESS), now=make.NOW)


def test_an_offer_takes_the_place_of_what_the_guest_had(mous, pi, guest, invite):
    before = delegations.grant(mous.project, "guest", by=pi, now=make.LONG_AGO)

    after = invitations.accept(invite(role="download"), by=guest, now=make.NOW)

    before.refresh_from_db()
    assert (before.revoked_at, after.role) == (make.NOW, "download")


def test_the_letter_says_what_is_offered_and_holds_no_other_secret(mous, invite, mailoutbox):
    secret = invite(mous=mous, role="download")
    letter = mailoutbox[0]

    assert letter.to == [ADDRESS]
    for word in ("pi invites you", "2023.1.00101.S", "NGC 1052", mous.uid, "download", ADDRESS, "2024-06-15 12:00 UTC"):
        assert word in letter.body
    assert letter.body.count(secret) == 1


def test_the_letter_of_a_confidential_project_names_nothing(mous, pi, mailoutbox):
    project = mous.project
    project.confidential = True
    project.save()

    invitations.invite(project, ADDRESS, by=pi, now=make.NOW, mous=mous, reason="NGC1052 is ours")

    written = mailoutbox[0].subject + mailoutbox[0].body
    assert "pi invites you" in written
    for word in (project.code, project.title, "NGC", mous.uid, mous.name, mous.sb_name, "X541"):
        assert word not in written


def test_without_its_letter_there_is_no_invitation(mous, pi, monkeypatch):
    kept = invitations.invite(mous.project, ADDRESS, by=pi, now=make.NOW)

    def refuse(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected("try later")

    monkeypatch.setattr(letters, "send_mail", refuse)
    with pytest.raises(letters.LetterNotSentError, match=ADDRESS):
        invitations.invite(mous.project, ADDRESS, by=pi, now=make.NOW)

    assert Invitation.objects.get() == kept
    assert Invitation.objects.get().withdrawn_at is None


def test_nobody_has_us_write_letters_without_measure(mous, pi, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    for name in ("a", "b"):
        invitations.invite(mous.project, f"{name}@example.org", by=pi, now=make.NOW)

    with pytest.raises(invited.TooManyInvitationsError):
        invitations.invite(mous.project, "c@example.org", by=pi, now=make.NOW + HOUR)
    assert invitations.invite(mous.project, "c@example.org", by=pi, now=make.NOW + 24 * HOUR)


@pytest.mark.parametrize("secret", ["", "wrong", "ÿ", "0" * 64])
def test_a_secret_that_there_is_not_is_a_sentence(guest, invite, secret):
    invite()

    with pytest.raises(invited.UnknownInvitationError):
        invitations.accept(secret, by=guest, now=make.NOW)


def test_what_is_hidden_is_not_listed(mous, pi, invite):
    invite()
    former, scientist = pi, make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    number = Invitation.objects.get().pk
    assert invitations.find(scientist, number, make.NOW)

    Project.objects.update(confidential=True)
    make.project(pi=make.user("new_pi"))

    for somebody in (former, scientist, make.user("stranger")):
        with pytest.raises(invited.UnknownInvitationError):
            invitations.find(somebody, number, make.NOW)
    assert invitations.of(make.user("new_pi"), make.NOW).get().pk == number


@pytest.mark.django_db(transaction=True)
def test_of_many_acceptances_at_once_one_is_let_through(guest, invite):
    secret, together = invite(), Barrier(8, timeout=60)

    def accept(_):
        connection.ensure_connection()
        together.wait()
        return closing(invitations.accept, secret, by=guest, now=make.NOW)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(accept, range(8)))

    assert sorted(told, key=str) == [None, *["invitation-used"] * 7]
    assert Delegation.objects.get().delegee == guest


@pytest.mark.django_db(transaction=True)
def test_withdrawn_or_accepted_and_never_both(mous, pi, guest, invite):
    for round_ in range(8):
        secret = invite(now=make.NOW + round_ * HOUR)
        row = Invitation.objects.latest("invited_at")
        with ThreadPoolExecutor(2) as pool:
            accepting = pool.submit(closing, invitations.accept, secret, by=guest, now=row.invited_at)
            withdrawing = pool.submit(closing, invitations.withdraw, row, by=pi, now=row.invited_at)
        told = {accepting.result(), withdrawing.result()}
        assert told in ({None, "invitation-used"}, {None, "invitation-withdrawn"})
        Delegation.objects.update(revoked_at=make.NOW, revoked_by=pi)


def closing(verb, *args, **kwargs):
    try:
        verb(*args, **kwargs)
    except ArchiveError as refusal:
        return refusal.code
    finally:
        connection.close()
    return None
