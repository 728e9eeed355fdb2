"""Whether a reader may still have what she began to take: asked every few megabytes, as cheaply as it can be.

The question is the access rule itself, with her account and her token.  While nothing was committed since it was asked,
and nothing that its answer hangs on has ended by itself, it is not asked again: the database is only asked whether that
is so, which takes a tenth of the time (docs/decisions/0040).
"""

import functools
import math

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, FloatField, Func, IntegerField, Q, Subquery, UUIDField
from django.db.models.functions import Least

from archive import access, delegations, repeated, unchanged
from archive.errors import ArchiveError
from archive.models import ApiToken
from products import download, listing

MOST_SECONDS = 1.0  # after which it is asked again whatever was committed


class PasswordChangedError(ArchiveError):
    status = 401
    code = "password-changed"

    def __init__(self):
        super().__init__("The password was changed after this download had begun.", "Log in again, and resume it.")


class TokenEndedError(ArchiveError):
    status = 401
    code = "token-ended"

    def __init__(self):
        super().__init__("The token of this download was revoked, or has expired.", "Make a new one on the site.")


class Standing:
    """Of `by`, with the password that she had when she began, and with her `token`, if any."""

    def __init__(self, by, token):
        self._by, self._token = by, token
        self._product, self._asked_at, self._until, self._moment = None, math.inf, -math.inf, unchanged.UNKNOWN

    def require(self, product_id, now, *, meanwhile=lambda: None):
        """Pass while she may have the bytes; `meanwhile` is called while the database thinks."""
        is_known = product_id == self._product and self._asked_at <= now.timestamp() < self._until
        if is_known and self._is_unchanged(meanwhile):
            return
        self._ask(product_id, now, (lambda: None) if is_known else meanwhile)

    def _is_unchanged(self, meanwhile):
        return _answered(unchanged.asked(), meanwhile) == self._moment

    def _ask(self, product_id, now, meanwhile):
        by, token = self._by, self._token
        self._product = None
        asked = _stills(access.has_account(by), settings.PUBLIC_CALIBRATOR_IMAGES)
        answer = asked.asked(product=product_id, reader=by.pk, token=token and token.pk, now=now)
        row = _answered(answer, meanwhile)
        if row is None or row[2:] != credentials(by, token):
            require_same_reader(by, token, now)
            download.permitted(product_id, by=by, now=now)
            return
        self._product, self._asked_at, self._moment = product_id, now.timestamp(), row[0]
        self._until = min(self._asked_at + MOST_SECONDS, math.inf if row[1] is None else float(row[1]))


def _answered(answer, meanwhile):
    try:
        meanwhile()
    finally:
        told = answer()
    return told


def credentials(by, token):
    """What `with_credentials` says while the account and the token are as when the download was begun."""
    account = (by.password, by.is_active, by.is_staff) if by.is_authenticated else (None, None, None)
    return (*account, token is not None)


@functools.cache
def _stills(account, calibrators):
    """Of a product that is handed out to the reader: the moment, when the first of what ends by itself does, and her
    account and whether her token lasts."""
    reader, now = repeated.Reader() if account else AnonymousUser(), repeated.now()
    rows = listing.handed_out(reader, now).filter(pk=repeated.Blank("product", UUIDField())).order_by()
    ends = [F("expires_at"), Subquery(_tokens().values("expiry"))]
    if account:
        ends.append(Subquery(delegations.soonest_end(reader, now)))
    until = Func(Least(*ends), template="EXTRACT(EPOCH FROM %(expressions)s)", output_field=FloatField())
    return with_credentials(rows.annotate(moment=unchanged.Moment(), until=until), "moment", "until")


def with_credentials(rows, *first):
    """A question for the columns `first` of `rows`, and behind them for the account of `reader` and her `token`."""
    person = get_user_model().objects.filter(pk=repeated.Blank("reader", IntegerField()))
    columns = {f"reader_{name}": Subquery(person.values(name)) for name in ("password", "is_active", "is_staff")}
    told = rows.annotate(**columns, has_token=Exists(_tokens().filter(_lasting(repeated.now()))))
    return repeated.Repeated(told.values_list(*first, *columns, "has_token"))


def _tokens():
    return ApiToken.objects.filter(pk=repeated.Blank("token", ApiToken._meta.pk))


def require_same_reader(by, token, now):
    """The account and the token with which a download was begun are good still."""
    if by.is_authenticated:
        _require_same_password(by, token)
    if token is not None and not ApiToken.objects.filter(_lasting(now), pk=token.pk).exists():
        raise TokenEndedError


def _require_same_password(by, token):
    """Whoever changes a password means to end what was begun with it; a token is another credential."""
    before = by.password
    by.refresh_from_db(fields=["password", "is_active", "is_staff"])
    if token is None and by.password != before:
        raise PasswordChangedError


def _lasting(now):
    return Q(expiry=None) | Q(expiry__gt=now)
