"""The cards of one header, read from its blocks as they lie in the file (FITS standard 4.0, sections 3.3.1 and 4).

Most headers are many cards of which few are asked for, so a value is parsed when it is asked for.  What the fixed and
free formats do not cover (CONTINUE, HIERARCH, complex numbers, cards that break the rules) is left to astropy.
"""

import re
import warnings

from astropy.io import fits
from astropy.io.fits.card import Undefined
from astropy.io.fits.verify import VerifyError

from products.fits.broken import BrokenError

BLOCK_BYTES = 2880
CARD_BYTES = 80
# A header with all of CASA's log in its HISTORY has some thousands of cards; one without end is no header.
MAX_HEADER_BYTES = 2**24
Value = str | int | float | complex | bool | None

_END = b"END     "
_STRING = re.compile(r" *'((?:[^']|'')*)' *(?:/.*)?", re.DOTALL)
_PLAIN = re.compile(r" *([^ /'(][^ /]*)? *(?:/.*)?", re.DOTALL)
_INTEGER = re.compile(r"[+-]?\d+")
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?")
_LOGICAL: dict[str | None, bool | None] = {"T": True, "F": False, None: None}


class _OddCardError(Exception):
    """Not a card of the common formats."""


class Cards:
    """The first card of each keyword counts, as it does for astropy."""

    def __init__(self, head: bytes) -> None:
        text = head.decode("latin-1")
        self._text = text
        self._cards = [text[start : start + CARD_BYTES] for start in range(0, len(text), CARD_BYTES)]
        self._by_keyword = {card[:8]: card for card in reversed(self._cards)}
        self._odd: fits.Header | None = None
        if "CONTINUE" in self._by_keyword or "HIERARCH" in self._by_keyword:
            self._odd = self._by_astropy()

    def get(self, keyword: str, default: Value = None) -> Value:
        """The value of a keyword of up to eight characters; `default` where there is none or nobody can read it."""
        card = self._by_keyword.get(f"{keyword:8}")
        if card is None or card[8:10] != "= ":
            return default
        if self._odd is None:
            try:
                value = _value(card[10:])
            except _OddCardError:
                self._odd = self._by_astropy()
                value = _told_by_astropy(self._odd, keyword)
        else:
            value = _told_by_astropy(self._odd, keyword)
        return default if value is None else value

    def text(self, keyword: str) -> str:
        return str(self.get(keyword, "")).strip()

    def number(self, keyword: str, default: float | None = None) -> float | None:
        """A finite real number; whatever else stands there is not one."""
        value = self.get(keyword)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return default
        return float(value) if abs(value) < float("inf") else default

    def count(self, keyword: str, default: int | None = None) -> int:
        """A number of things, which a header cannot do without."""
        value = self.get(keyword, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise BrokenError(f"gives no number for {keyword} in its header")
        return value

    def keywords(self) -> list[str]:
        """In the order of the header, each once, those without a value too."""
        return list(dict.fromkeys(card[:8].rstrip() for card in self._cards))

    def history(self) -> list[str]:
        return [card[8:].strip() for card in self._cards if card.startswith("HISTORY ")]

    def _by_astropy(self) -> fits.Header:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fits.Header.fromstring(self._text)


def end_of_header(block: bytes | bytearray | memoryview) -> bool:
    """Whether the header ends in this block."""
    block = bytes(block)
    found = block.find(_END)
    while found >= 0 and found % CARD_BYTES:
        found = block.find(_END, found + 1)
    return found >= 0


def _value(field: str) -> Value:
    """Of columns 11 to 80 of a card."""
    if match := _STRING.fullmatch(field):
        return match[1].replace("''", "'").rstrip(" ")
    match = _PLAIN.fullmatch(field)
    if not match:
        raise _OddCardError
    word = match[1]
    if word in _LOGICAL:
        return _LOGICAL[word]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _REAL.fullmatch(word):
        return float(word.replace("D", "E").replace("d", "e"))
    raise _OddCardError


def _told_by_astropy(header: fits.Header, keyword: str) -> Value:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = header.get(keyword)
    except (VerifyError, ValueError):
        return None
    return None if isinstance(value, Undefined) else value
