"""The header and data units of a FITS file, told in pieces of any size (FITS standard 4.0, section 3).

Of a header its blocks are kept, of data only running sums; a table of beams is small enough to be kept whole.
"""

import math

from products.fits.broken import BrokenError
from products.fits.cards import BLOCK_BYTES, MAX_HEADER_BYTES, Cards, end_of_header
from products.fits.pixels import TYPES, Pixels
from products.fits.sums import MODULUS, Sum

BEGINNING = b"SIMPLE  ="
EXTENSION = b"XTENSION"
# A beam is some twenty bytes and the widest cubes have 7680 channels of four Stokes parameters.
MAX_TABLE_BYTES = 2**22
MOST_BYTES = 2**62
# Longest element, so that each can be told to numpy whole.
_WORD = 8


class Unit:
    """One header and what is known of the data after it; `offset` is where they begin in the unpacked file."""

    def __init__(self, number: int, head: bytes, start: int) -> None:
        self.number, self.cards = number, Cards(head)
        self.offset = start + len(head)
        if number == 0 and self.cards.get("SIMPLE") is not True:
            raise BrokenError("does not say that it conforms to the standard (SIMPLE = T)")
        self.bitpix = self.cards.get("BITPIX")
        if self.bitpix not in TYPES:
            raise BrokenError("gives no valid BITPIX in its header")
        axes = self.cards.count("NAXIS")
        if axes > 999:
            raise BrokenError(f"has {axes} axes by its header")
        self.shape = [self.cards.count(f"NAXIS{axis}") for axis in range(1, axes + 1)]
        self.data_bytes = self._data_bytes()
        if max(self.data_bytes, *self.shape, 0) > MOST_BYTES:
            raise BrokenError("promises more data than any file has")

    @property
    def is_image(self) -> bool:
        return self.number == 0 and len(self.shape) > 0 and all(self.shape)

    @property
    def is_beam_table(self) -> bool:
        return self.number > 0 and self.cards.text("EXTNAME") == "BEAMS" and self.data_bytes <= MAX_TABLE_BYTES

    @property
    def padded_bytes(self) -> int:
        return -(-self.data_bytes // BLOCK_BYTES) * BLOCK_BYTES

    def pixels(self) -> Pixels:
        scale, zero = self.cards.number("BSCALE", 1.0), self.cards.number("BZERO", 0.0)
        blank = self.cards.get("BLANK")
        return Pixels(
            int(self.bitpix),  # type: ignore[arg-type]  # one of TYPES
            self.shape,
            scale=1.0 if scale is None else scale,
            zero=0.0 if zero is None else zero,
            blank=blank if isinstance(blank, int) else None,
        )

    def _data_bytes(self) -> int:
        """Section 4.4.1, equations 1 and 2; random groups have a first axis of no length, which does not count."""
        shape = self.shape[1:] if self.shape[:1] == [0] and self.cards.get("GROUPS") is True else self.shape
        count = math.prod(shape) if shape else 0
        return abs(int(self.bitpix)) // 8 * self.cards.count("GCOUNT", 1) * (self.cards.count("PCOUNT", 0) + count)  # type: ignore[arg-type]


class Data:
    """What is computed of the data of one unit while they pass."""

    def __init__(self, unit: Unit, head: bytes) -> None:
        self.unit = unit
        self.pixels = unit.pixels() if unit.is_image else None
        self.table: bytearray | None = bytearray() if unit.is_beam_table else None
        self._datasum, self._checksum = unit.cards.text("DATASUM"), unit.cards.text("CHECKSUM")
        self._head, self._sum = Sum(), Sum() if self._datasum or self._checksum else None
        self._head.update(head)
        self._passed = 0
        self._part = bytearray()  # of a word that is not whole yet

    @property
    def left(self) -> int:
        return self.unit.padded_bytes - self._passed - len(self._part)

    @property
    def missing(self) -> int:
        """Bytes of the data themselves: what only fills the last block may be left out."""
        return max(0, self.unit.data_bytes - self._passed - len(self._part))

    def update(self, piece: memoryview) -> None:
        if self._part:
            wanted = _WORD - len(self._part)
            self._part += piece[:wanted]
            piece = piece[wanted:]
            if len(self._part) < _WORD:
                return
            self._whole(memoryview(bytes(self._part)))
            self._part.clear()
        whole = len(piece) // _WORD * _WORD
        self._whole(piece[:whole])
        self._part += piece[whole:]

    def _whole(self, words: memoryview) -> None:
        """Blocks are whole numbers of words, so at the end of the data nothing is left over."""
        inside = words[: max(0, self.unit.data_bytes - self._passed)]
        self._passed += len(words)
        if self._sum:
            self._sum.update(words)
        if self.pixels:
            self.pixels.update(inside)
        if self.table is not None:
            self.table += inside

    def require_sums(self) -> None:
        """`BrokenError` where the unit does not have the sums that its header gives."""
        if self._sum is None:
            return
        if self._datasum and self._datasum.isdecimal() and int(self._datasum) % MODULUS != self._sum.value:
            raise BrokenError(f"does not have the DATASUM of its unit {self.unit.number}: its data were changed")
        if self._checksum and (self._head.value + self._sum.value) % MODULUS:
            raise BrokenError(f"does not have the CHECKSUM of its unit {self.unit.number}: it was changed")


class Units:
    """Told the bytes of an unpacked file; raises `BrokenError` once they cannot be a whole FITS file."""

    def __init__(self) -> None:
        self.all: list[Data] = []
        self._head = bytearray()
        self._data: Data | None = None
        self._position = 0
        self._over = False  # what follows is no unit (section 3.5, special records)

    def update(self, piece: bytes | memoryview) -> None:
        view = memoryview(piece)
        while view and not self._over:
            taken = self._into_data(view) if self._data else self._into_header(view)
            self._position += taken
            view = view[taken:]

    def end(self) -> None:
        """No more bytes: what is missing?"""
        if self._data:
            if self._data.missing:
                raise BrokenError(f"ends too early: {self._data.missing} bytes are missing")
            self._data.update(memoryview(bytes(self._data.left)))
            self._close()
        elif not self.all:
            _require_beginning(self._head)
            raise BrokenError("ends inside its header")
        elif self._head.startswith(EXTENSION):
            raise BrokenError(f"ends inside the header of its unit {len(self.all)}")

    def _into_data(self, view: memoryview) -> int:
        assert self._data  # noqa: S101 (for mypy)
        part = view[: self._data.left]
        self._data.update(part)
        if not self._data.left:
            self._close()
        return len(part)

    def _into_header(self, view: memoryview) -> int:
        room = BLOCK_BYTES - len(self._head) % BLOCK_BYTES
        self._head += view[:room]
        if len(self._head) % BLOCK_BYTES == 0:
            self._block_ended(self._position + min(room, len(view)))
        return min(room, len(view))

    def _block_ended(self, position: int) -> None:
        if not self.all:
            _require_beginning(self._head)
        elif not self._head.startswith(EXTENSION):
            self._over = True
        if len(self._head) > MAX_HEADER_BYTES:
            raise BrokenError("has a header without end")
        if not self._over and end_of_header(memoryview(self._head)[-BLOCK_BYTES:]):
            self._open(position)

    def _open(self, position: int) -> None:
        head = bytes(self._head)
        self._head = bytearray()
        self._data = Data(Unit(len(self.all), head, position - len(head)), head)
        self.all.append(self._data)
        if not self._data.left:
            self._close()

    def _close(self) -> None:
        assert self._data  # noqa: S101 (for mypy)
        ended, self._data = self._data, None
        ended.require_sums()


def _require_beginning(head: bytearray) -> None:
    if not head.startswith(BEGINNING):
        raise BrokenError("does not begin as a FITS file does")
