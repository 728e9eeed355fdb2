"""One key for all spellings of a target's name: `TW Hya`, `TWHya`, `tw_hya` and `TW-Hya` are `twhya`.

Case, accents, spaces and punctuation are how people write; they are dropped, and Greek letters are spelled out.  What
stands between digits is what they mean and is kept: a sign, for `J2136+0041` is half a sky from `J2136-0041`, and a
decimal point, for `G10.3` is not `G1.03`.  File names may write the sign of a coordinate as `p` or `m`.
"""

import re
import unicodedata

LONGEST = 256  # as ObsCore's target_name

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_GREEK = {ord(letter): unicodedata.name(letter).rpartition(" ")[2].lower() for letter in "αβγδεζηθικμνξοπρστυφχψω"} | {
    ord("λ"): "lambda",
    ord("ς"): "sigma",
}
_LETTERED_SIGN = re.compile(r"(?<=\d{3})([pm])(?=\d{3})|(?<=\d\.\d)([pm])(?=\d{3})")
_SIGNS = re.compile(r"[+-]*([+-])")
_KEPT = re.compile(r"(?<=\d)[+.-](?=\d)")
PUNCTUATION = re.compile(r"[^a-z0-9+.-]+")
_LOOSE = re.compile(r"(?<![0-9])[+.-]|[+.-](?![0-9])")


def fold(name: str) -> str:
    """The key; empty where a name has neither letters nor digits."""
    if name.isascii():  # nearly all, and in half the time
        written = PUNCTUATION.sub("", name[:LONGEST].lower())
        return _LOOSE.sub("", _SIGNS.sub(r"\1", _LETTERED_SIGN.sub(_sign, written)))
    return _folded(name)


def _folded(name: str) -> str:
    plain = _without_accents(name[:LONGEST].casefold()).casefold().translate(_DASHES).translate(_GREEK)
    written = "".join(letter for letter in plain if letter.isalnum() or letter in "+-.")
    signed = _SIGNS.sub(r"\1", _LETTERED_SIGN.sub(_sign, written))
    kept = {match.start() for match in _KEPT.finditer(signed)}
    return "".join(letter for at, letter in enumerate(signed) if at in kept or letter.isalnum())


def _without_accents(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))


def pattern(text: str) -> tuple[str, str]:
    """Of a name with `*` in it: what LIKE takes, and, where that is too much, what a regular expression takes besides.

    A sign beside a `*` is kept where the other side of it begins with a digit, and dropped else, as in any name.
    """
    parts = text.split("*")
    keys = [fold(part) for part in parts]
    edges = [fold(f"{'0' if at else ''}{part}{'0' if at < len(parts) - 1 else ''}") for at, part in enumerate(parts)]
    pieces = [_piece(*each, at > 0, at < len(parts) - 1) for at, each in enumerate(zip(keys, edges, strict=True))]
    exact = any(piece != re.escape(key) for piece, key in zip(pieces, keys, strict=True))
    return "%".join(keys), f"^{'.*'.join(pieces)}$" if exact else ""


def _piece(key: str, edged: str, behind: bool, before: bool) -> str:
    """The key of a part, with signs at the ends of it that stand behind or before a `*`; `edged` has digits there."""
    first, last = edged[1:2] if behind else "", edged[-2:-1] if before else ""
    begin = f"(\\{first}|(?<![0-9+.-]))" if key and first and first in "+.-" else ""
    end = f"(\\{last}|(?![0-9+.-]))" if key and last and last in "+.-" else ""
    return begin + re.escape(key) + end


def _sign(match: re.Match[str]) -> str:
    return "+" if match[0] == "p" else "-"
