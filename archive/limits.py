"""How often one caller may ask.  The count is shared by all processes of all machines, and exact.

A count is a row of the shared cache's table: it begins with the first request, and is forgotten when its time is over.
Django's own cache reads, adds and writes, and loses what others counted meanwhile; here one statement does all three.
The database's clock decides.
"""

import hashlib
import ipaddress
import math

from django.conf import settings
from django.db import connection
from rest_framework.throttling import BaseThrottle

from archive.errors import ArchiveError

COUNT = """
INSERT INTO {table} AS kept (cache_key, value, expires)
VALUES (%(key)s, '1', clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (cache_key) DO UPDATE SET
    value = CASE WHEN kept.expires > clock_timestamp() THEN (kept.value::integer + 1)::text ELSE '1' END,
    expires = CASE WHEN kept.expires > clock_timestamp() THEN kept.expires ELSE excluded.expires END
RETURNING value::integer, expires, extract(epoch FROM expires - clock_timestamp())::float
"""
FORGET = "DELETE FROM {table} WHERE expires <= clock_timestamp()"
GIVE_BACK = """
UPDATE {table} SET value = (value::integer - 1)::text WHERE cache_key = %(key)s AND expires = %(until)s
"""


class TooManyRequestsError(ArchiveError):
    status = 429
    code = "too-many-requests"

    def __init__(self, kind, seconds):
        amount, period = settings.RATES[kind]
        what = "wrong passwords" if kind.startswith("password") else "requests"
        wait = max(1, math.ceil(seconds))
        self.headers = {"Retry-After": str(wait)}
        super().__init__(f"Too many {what} from you: {amount} in {period} s are allowed.", f"Go on in {wait} s.")


class Limit(BaseThrottle):
    """What every view of the API has: more for those we know, and a count of their own for the bytes of files."""

    def allow_request(self, request, view):
        count(request, view)
        return True


def count(request, view) -> None:
    """Count the request, once in its life: it may be refused before the throttles of its view are asked."""
    plain = request._request
    if getattr(plain, "was_counted", False):
        return
    plain.was_counted = True
    known = request.user.is_authenticated
    who = f"user {request.user.pk}" if known else f"address {address(request)}"
    take(f"{_kind(request, view)} {'known' if known else 'anonymous'}", who)


def _kind(request, view):
    """Views of files say so themselves; a part that goes on where another ended is counted apart (decision 0010)."""
    kind = getattr(view, "limited_as", "api")
    begins = request.headers.get("Range", "bytes=0-").startswith("bytes=0-")
    return kind if begins or kind != "file" else "part"


def take(kind, who):
    """Count one, or raise `TooManyRequestsError`; what is returned is good for `give_back`."""
    if not settings.RATE_LIMITS:
        return None
    amount, seconds = settings.RATES[kind]
    key = f"{kind}:{hashlib.sha256(who.encode()).hexdigest()}"
    with connection.cursor() as cursor:
        cursor.execute(_sql(COUNT), {"key": key, "seconds": seconds})
        number, until, left = cursor.fetchone()
    if number > amount:
        raise TooManyRequestsError(kind, left)
    return {"key": key, "until": until}


def give_back(taken) -> None:
    """Take back what `take` counted, unless its time is over."""
    if taken:
        with connection.cursor() as cursor:
            cursor.execute(_sql(GIVE_BACK), taken)


def forget_expired() -> None:
    """Remove what counts no more: when the table is full, Django removes rows whether they count or not."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(FORGET))


def _sql(statement):
    return statement.format(table=connection.ops.quote_name(settings.CACHES["default"]["LOCATION"]))


def address(request) -> str:
    """Where the request comes from: the last hop that we trust to say so; the rest of the header anybody may write.

    A household has a whole /64 of IPv6, so that counts as one; an address of IPv4 in the clothes of IPv6 is itself.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted = min(settings.TRUSTED_PROXIES, len(hops))
    told = hops[-trusted] if trusted else request.META.get("REMOTE_ADDR", "")
    try:
        found = ipaddress.ip_address(told)
    except ValueError:
        return request.META.get("REMOTE_ADDR", "")
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
