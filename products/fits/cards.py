"""The cards of one header, read from its blocks as they lie in the file (FITS standard 4.0, sections 3.3.1 and 4).

Most headers are many cards of which few are asked for, so a value is parsed when it is asked for.  What the fixed and
free formats do not cover (CONTINUE, HIERARCH, complex numbers, cards that break the rules) is left to astropy.
"""

import re
import warnings
from collections.abc import Iterator

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
# Headers hold printable ASCII alone (section 3.2); programs that pad texts with zeros do not know, nor do databases.
_WITHOUT_CONTROLS = bytes.maketrans(bytes([*range(32), 127]), b" " * 33)
# String, logical, integer, real number (a D for its exponent is of FORTRAN), or no value; then perhaps a comment.
_VALUE = re.compile(
    r" *(?:'((?:[^']|'')*)'|([TF])(?= |/|$)|([+-]?\d+)(?= |/|$)|([+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?)|)"
    r" *(?:/.*)?",
    re.DOTALL,
)


class _OddCardError(Exception):
    """Not a card of the common formats."""


class Cards:
    """The first card of each keyword counts, as it does for astropy."""

    def __init__(self, head: bytes) -> None:
        text = head.translate(_WITHOUT_CONTROLS).decode("latin-1")
        self._text = text
        self._starts = {text[start : start + 8]: start for start in range(len(text) - CARD_BYTES, -1, -CARD_BYTES)}
        self._values: dict[str, Value] = {}
        self._odd: fits.Header | None = None
        if "CONTINUE" in self._starts or "HIERARCH" in self._starts:
            self._odd = self._by_astropy()

    def get(self, keyword: str, default: Value = None) -> Value:
        """The value of a keyword of up to eight characters; `default` where there is none or nobody can read it."""
        try:
            value = self._values[keyword]
        except KeyError:
            value = self._values[keyword] = self._read(keyword)
        return default if value is None else value

    def _read(self, keyword: str) -> Value:
        start = self._starts.get(keyword.ljust(8))
        if start is None or not self._text.startswith("= ", start + 8):
            return None
        if self._odd is None:
            try:
                return _value(self._text, start)
            except _OddCardError:
                self._odd = self._by_astropy()
        return _told_by_astropy(self._odd, keyword)

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
        return [keyword.rstrip() for keyword in sorted(self._starts, key=self._starts.__getitem__)]

    def history(self) -> list[str]:
        starts = range(0, len(self._text), CARD_BYTES)
        told = (start for start in starts if self._text.startswith("HISTORY ", start))
        return [self._text[start + 8 : start + CARD_BYTES].strip() for start in told]

    def history_with(self, words: str) -> Iterator[str]:
        """Those lines of `history` that `words` begin in; the others, of which there may be thousands, cost nothing."""
        found = self._text.find(words)
        while found >= 0:
            start = found - found % CARD_BYTES
            if self._text.startswith("HISTORY ", start):
                yield self._text[start + 8 : start + CARD_BYTES].strip()
            found = self._text.find(words, start + CARD_BYTES)

    def any_begins(self, letters: str) -> bool:
        """Whether there is a keyword that begins so."""
        return any(keyword.startswith(letters) for keyword in self._starts)

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


def _value(text: str, start: int) -> Value:
    """Of columns 11 to 80 of the card that begins there."""
    match = _VALUE.fullmatch(text, start + 10, start + CARD_BYTES)
    if not match:
        raise _OddCardError
    kind = match.lastindex
    if kind is None:
        return None
    word = match[kind]
    if kind == 1:
        return word.replace("''", "'").rstrip(" ")
    if kind == 2:
        return word == "T"
    return int(word) if kind == 3 else float(word.replace("D", "E").replace("d", "e"))


def _told_by_astropy(header: fits.Header, keyword: str) -> Value:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = header.get(keyword)
    except (VerifyError, ValueError):
        return None
    return None if isinstance(value, Undefined) else value
