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


def _sign(match: re.Match[str]) -> str:
    return "+" if match[0] == "p" else "-"
