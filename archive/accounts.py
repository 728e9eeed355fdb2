"""Which ALMA account is whose, and which addresses a person has proved to be hers.

An ALMA account makes its person PI of its projects.  So a link is said by staff or by the identity provider, never by
the person; each is written down; and a name that is somebody's is given to nobody else before it is taken back.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction

from archive import gifts
from archive.errors import ArchiveError
from archive.models import AlmaAccount, ApiToken, Decision
from archive.refusals import UnchangedError
from archive.staff import Role, require_role

NOBODY = "nobody"


class LinkedElsewhereError(ArchiveError):
    status = 409
    code = "linked-elsewhere"

    def __init__(self, alma_name):
        super().__init__(
            f"The ALMA account {alma_name} belongs to another person here.",
            "Archive staff may take it back, with a reason; then it can be linked.",
        )


class OtherLinkError(ArchiveError):
    status = 409
    code = "other-link"

    def __init__(self, person, alma_name):
        super().__init__(
            f"{person} has the ALMA account {alma_name} already, and nobody has two.",
            "Archive staff may take it back, with a reason; then another can be linked.",
        )


class OwnLinkError(ArchiveError):
    status = 403
    code = "own-link"

    def __init__(self):
        super().__init__("Nobody says about herself which ALMA account is hers.", "Ask another member of staff.")


class TakenBackError(ArchiveError):
    status = 409
    code = "link-taken-back"

    def __init__(self, alma_name):
        super().__init__(
            f"Archive staff have taken the ALMA account {alma_name} back.",
            "Ask the helpdesk, if it is yours: archive staff can link it.",
        )


class NotLinkedError(ArchiveError):
    status = 409
    code = "not-linked"

    def __init__(self, alma_name):
        super().__init__(f"The ALMA account {alma_name} is linked to nobody.", "There is nothing to take back.")


class NoSecondFactorError(ArchiveError):
    status = 409
    code = "no-second-factor"

    def __init__(self, person):
        super().__init__(f"{person} has no second factor.", "There is nothing to take off.")


class OwnAccountError(ArchiveError):
    status = 403
    code = "own-account"

    def __init__(self):
        super().__init__("Nobody closes or opens her own account.", "Ask another administrator.")


class AccountFactsError(ArchiveError):
    code = "account-facts"


def link(alma_name, person, *, by, reason, now) -> AlmaAccount:
    """Say that the ALMA account is `person`'s: she is PI of its projects from now on."""
    _require_staff(by, reason)
    if by == person:
        raise OwnLinkError
    with transaction.atomic():
        account = _held(alma_name)
        return _give(account, person, by=by, reason=reason, at=now)


def link_asserted(alma_name, person, *, provider, now) -> AlmaAccount:
    """As `link`, on the word of the identity provider: at every log-in, so what staff took back waits for staff."""
    with transaction.atomic():
        account = _held(alma_name)
        if account.user_id is None and _was_taken_back(account):
            raise TakenBackError(account.name)
        return _give(account, person, by=None, reason=f"{provider} says so", at=now)


def unlink(alma_name, *, by, reason, now) -> AlmaAccount:
    """Take the ALMA account from whoever has it: what came with being PI ends at once, and what she gave as PI."""
    _require_staff(by, reason)
    with transaction.atomic():
        account = _held(alma_name)
        if account.user_id is None:
            raise NotLinkedError(account.name)
        former = account.user
        if ended := gifts.end_of_person(account, former, by=by, now=now):
            reason = f"{reason} ({ended} delegations and invitations that {former} gave have ended.)"
        return _note(account, None, former, by=by, reason=reason, at=now)


def take_off_second_factor(person, *, by, reason, now) -> None:
    """For who has lost telephone and recovery codes: from now on the password alone opens the account."""
    require_role(by, Role.ADMINISTRATOR)
    _require_reason(reason)
    with transaction.atomic():
        if not Authenticator.objects.filter(user=person).delete()[0]:
            raise NoSecondFactorError(person)
        said = {"before": "a second factor", "after": "none", "reason": reason, "by": by, "at": now}
        Decision.objects.create(about=Decision.About.ACCOUNT, person=person, **said)


def close(person, *, by, reason, now) -> None:
    """Nobody comes in by this account any more: sessions, tokens, running downloads and requests end with it."""
    _set_active(person, False, by=by, reason=reason, now=now)


def reopen(person, *, by, reason, now) -> None:
    """The account has its rights again, and what it logged in with before it was closed opens nothing."""
    _set_active(person, True, by=by, reason=reason, now=now)


def verified_addresses(person) -> set[str]:
    """The e-mail addresses that `person` has proved to be hers, in lower case."""
    if not person.is_authenticated:
        return set()
    proved = EmailAddress.objects.filter(user=person, verified=True)
    return {address.lower() for address in proved.values_list("email", flat=True)}


def owner_of_address(address):
    """Who has proved that the e-mail address is hers, or None; no two people can have."""
    return get_user_model().objects.filter(emailaddress__email__iexact=address, emailaddress__verified=True).first()


def _set_active(person, active, *, by, reason, now):
    require_role(by, Role.ADMINISTRATOR)
    _require_reason(reason)
    if by == person:
        raise OwnAccountError
    with transaction.atomic():
        if not get_user_model().objects.filter(pk=person.pk, is_active=not active).update(is_active=active):
            raise UnchangedError(f"The account {person} is {_openness(active)}")
        _end_credentials(person)
        said = {"before": _openness(not active), "after": _openness(active), "reason": reason, "by": by, "at": now}
        Decision.objects.create(about=Decision.About.ACCOUNT, person=person, **said)


def _end_credentials(person):
    """At the opening too: a log-in that was under way when the account was closed may have left a session since."""
    ApiToken.objects.filter(user=person).delete()
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()


def _openness(active):
    return "open" if active else "closed"


def _require_staff(by, reason):
    require_role(by, Role.ADMINISTRATOR, Role.ARCHIVE_SCIENTIST)
    _require_reason(reason)


def _require_reason(reason):
    if not reason.strip():
        raise AccountFactsError("An account is linked and changed for a reason.", "Write it down.")


def _held(alma_name):
    """The account by its name, held until the transaction ends; one that no project names yet may be linked too."""
    name = alma_name.strip()
    if not name or len(name) > AlmaAccount._meta.get_field("name").max_length:
        raise AccountFactsError("That is no name of an ALMA account.", "Give the name as ALMA writes it.")
    AlmaAccount.objects.get_or_create(name=name)
    return AlmaAccount.objects.select_for_update().get(name=name)


def _give(account, person, **said):
    if account.user_id == person.pk:
        return account
    if account.user_id is not None:
        raise LinkedElsewhereError(account.name)
    get_user_model().objects.select_for_update().get(pk=person.pk)  # two links of one person take turns
    if other := AlmaAccount.objects.filter(user=person).first():
        raise OtherLinkError(person, other.name)
    return _note(account, person, person, **said)


def _note(account, owner, about, **said):
    """Change the link and write down that it changed."""
    before = account.user.get_username() if account.user else NOBODY
    account.user = owner
    account.save(update_fields=["user"])
    after = owner.get_username() if owner else NOBODY
    kind = Decision.About.ACCOUNT
    Decision.objects.create(about=kind, alma_account=account, person=about, before=before, after=after, **said)
    return account


def _was_taken_back(account):
    last = Decision.objects.filter(about=Decision.About.ACCOUNT, alma_account=account).order_by("at", "pk").last()
    return last is not None and last.after == NOBODY
