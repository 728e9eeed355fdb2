"""The PI gives access to whoever proves that an e-mail address is hers, whether or not she has an account.

Whether an address belongs to an account here is nobody else's business, so every address gets a letter.  Its link holds
a secret that is good once and for a time; only the hash of it is kept.  Mail scanners follow links, so a look at one
changes nothing.  The grant goes to the account that has the address verified when it accepts, and stays with that
account whatever becomes of the address.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from archive import access, accounts, delegations, letters
from archive.invited import (
    BadAddressError,
    EndedOfferError,
    ExpiredInvitationError,
    OtherAddressError,
    TooManyInvitationsError,
    UnknownInvitationError,
    UsedInvitationError,
    VoidInvitationError,
    WithdrawnInvitationError,
)
from archive.models import DelegationRole, Invitation
from archive.on_behalf import NotPIError, may_act_for_pi, require_entitled, tell
from archive.terms import Terms

MOST_A_DAY = 100  # letters that one person can have us send


def invite(project, address, *, by, now, mous=None, role=DelegationRole.PROCESS, expires_at=None, reason=""):
    """Send a letter that offers the data of `project`; one to the same address for the same data loses its force."""
    _require_address(address)
    with transaction.atomic():
        project = delegations.locked(project)
        require_entitled(project, by, reason)
        terms = Terms(project, mous, role, expires_at, reason.strip())
        terms.require_possible(now)
        _require_measure(by, now)
        _of_same(terms, address, now).update(withdrawn_at=now, withdrawn_by=by)
        made, secret = _make(terms, address, by, now)
        sentence = f"{by} invited {address} for you: {terms}."
        tell(project, sentence, by=by, now=now, reason=reason, mous=mous, after=f"{address}: {terms}")
        letters.invite(made, secret)
    return made


def withdraw(invitation, *, by, now, reason=""):
    """The link is good for nothing from now on; one that was used has done what it was for."""
    with transaction.atomic():
        project = delegations.locked(invitation.project)
        require_entitled(project, by, reason)
        rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
        if rows.update(withdrawn_at=now, withdrawn_by=by):
            terms = f"{invitation.address}: {Terms.of(invitation)}"
            sentence = f"{by} withdrew for you the invitation of {terms}."
            tell(project, sentence, by=by, now=now, reason=reason, mous=invitation.mous, before=terms)
    invitation.refresh_from_db()
    if invitation.accepted_at is not None:
        raise UsedInvitationError
    return invitation


def offered(secret, *, to, now):
    """What the link with `secret` offers, if `to` could accept it now; else the reason why not."""
    found = Invitation.objects.select_related("project__pi", "mous__gous__project", "invited_by").filter(
        secret_sha256=_sha256(secret)
    )
    invitation = found.first()
    if invitation is None:
        raise UnknownInvitationError
    _require_open(invitation, now)
    if invitation.address.lower() not in accounts.verified_addresses(to):
        raise OtherAddressError(invitation.address, to)
    delegations.require_other(invitation.project, to, invitation.invited_by)
    return invitation


def accept(secret, *, by, now):
    """Make the offer a delegation; of two who try at once, the row of the invitation lets one through."""
    with transaction.atomic():
        delegations.locked(offered(secret, to=by, now=now).project)
        invitation = offered(secret, to=by, now=now)  # again, for it may have waited for a change
        unused = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None, valid_until__gt=now)
        if not unused.update(accepted_at=now, accepted_by=by):
            raise UsedInvitationError
        invitation.refresh_from_db(fields=["accepted_at", "accepted_by"])
        terms = Terms.of(invitation)
        return delegations.give(terms, by, by=invitation.invited_by, now=now, invitation=invitation)[0]


def of(user, now):
    """Every invitation that `user` sent, or that stands for a project of hers."""
    return _known(user, now).filter(Q(project__pi__user=user) | Q(invited_by=user))


def find(user, number, now):
    """The invitation `number` among those `user` may see; archive scientists act on all, for the PI."""
    seen = _known(user, now) if may_act_for_pi(user) else of(user, now)
    found = seen.filter(pk=number).first()
    if found is None:
        raise UnknownInvitationError
    return found


def pending(project, now):
    """Invitations of `project` that can still be accepted."""
    return project.invitations.filter(accepted_at=None, withdrawn_at=None, valid_until__gt=now)


def _known(user, now):
    rows = Invitation.objects.filter(access.visible_projects(user, now, via="project"))
    return rows.select_related("project__pi", "mous", "invited_by", "accepted_by", "withdrawn_by")


def _require_address(address):
    """ASCII alone: in other scripts there are letters that look, and lower-case, like those of another address."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadAddressError(address) from error
    if not address.isascii() or len(address) > Invitation._meta.get_field("address").max_length:
        raise BadAddressError(address)


def _require_measure(by, now):
    if Invitation.objects.filter(invited_by=by, invited_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyInvitationsError(MOST_A_DAY)


def _require_open(invitation, now):
    if invitation.accepted_at is not None:
        raise UsedInvitationError
    if invitation.withdrawn_at is not None:
        raise WithdrawnInvitationError
    if invitation.valid_until <= now:
        raise ExpiredInvitationError(invitation.valid_until)
    if invitation.expires_at is not None and invitation.expires_at <= now:
        raise EndedOfferError(invitation.expires_at)
    try:
        require_entitled(invitation.project, invitation.invited_by, invitation.reason)
    except NotPIError as error:
        raise VoidInvitationError from error


def _of_same(terms, address, now):
    return pending(terms.project, now).filter(mous=terms.mous, address__iexact=address)


def _make(terms, address, by, now):
    secret = secrets.token_urlsafe(32)
    facts = {"invited_by": by, "invited_at": now, "valid_until": now + timedelta(days=settings.INVITATION_DAYS)}
    made = Invitation.objects.create(**terms.as_columns(), address=address, secret_sha256=_sha256(secret), **facts)
    return made, secret


def _sha256(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
