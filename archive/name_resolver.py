"""A name resolver outside, asked for the position of a name when a reader says so, and only if one is set up.

It answers in the manner of Sesame: a line `%J` with degrees, or JSON with `ra` and `dec`.  Its words are checked like
a reader's own.  Without `ALTIPLANO_NAME_RESOLVER_URL` nobody is asked.
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

from django.conf import settings

from archive.errors import ArchiveError
from archive.positions import Position

MOST_BYTES = 65536
_SESAME = re.compile(r"^%J\s+([+-]?[\d.]+)\s+([+-]?[\d.]+)", re.MULTILINE)


class ResolverError(ArchiveError):
    code = "name-resolver"


def resolve(name: str) -> Position:
    if not settings.NAME_RESOLVER_URL:
        raise ResolverError("no name resolver is set up in this archive.", "Give the position itself, or a target.")
    if not name:
        raise ResolverError("there is no name after name:.", "Write it as name:NGC 1052.")
    place = _read(_answer(name))
    if place is None:
        raise ResolverError(f"the name resolver knows no {name!r}.", "Give the position itself, or another name.")
    return place


def _answer(name: str) -> str:
    address = settings.NAME_RESOLVER_URL + urllib.parse.quote(name, safe="")
    try:
        with urllib.request.urlopen(address, timeout=settings.NAME_RESOLVER_SECONDS) as answer:  # noqa: S310 (a setting)
            return answer.read(MOST_BYTES).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return ""
        raise _failed(f"answered with status {error.code}") from None
    except OSError:
        raise _failed(f"did not answer within {settings.NAME_RESOLVER_SECONDS:g} s") from None


def _failed(how: str) -> ResolverError:
    return ResolverError(f"the name resolver {how}.", "Give the position itself, or try again later.")


def _read(text: str) -> Position | None:
    match = _SESAME.search(text)
    try:
        ra, dec = (float(each) for each in match.groups()) if match else _numbers(json.loads(text))
    except (ValueError, TypeError, KeyError):
        return None
    return Position(ra % 360, dec) if -90 <= dec <= 90 and ra == ra % 1e6 else None


def _numbers(answer: dict[str, object]) -> tuple[float, float]:
    return float(str(answer["ra"])), float(str(answer["dec"]))
