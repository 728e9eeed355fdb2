"""The ones-complement sum that DATASUM and CHECKSUM are made of (FITS standard 4.0, section 4.4.2.7 and appendix J).

All 32-bit words of a unit, most significant byte first, are added, and what is carried out is added at the low end.
That is addition modulo 2^32 - 1, where all bits set and none set are one number.  One flipped bit changes the sum by
a power of two, which is never a multiple of that modulus; so one is always found.
"""

import numpy

MODULUS = 2**32 - 1


class Sum:
    def __init__(self) -> None:
        self._total = 0

    def update(self, words: bytes | bytearray | memoryview) -> None:
        """Whole words of four bytes; fewer than 2^32 of them at a time."""
        self._total += int(numpy.frombuffer(words, ">u4").sum(dtype="u8"))

    @property
    def value(self) -> int:
        return self._total % MODULUS
