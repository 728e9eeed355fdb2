"""The CRC-32 of bytes one after the other, from the CRC-32 of each: no byte is looked at a second time.

The polynomial is that of zip, 0xEDB88320 with the lowest power in the highest bit.  To put `size` bytes after others is
to multiply their remainder by x^(8 * size) modulo the polynomial, and to add the remainder of what comes after.
"""

import functools

POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30


def joined(first: int, second: int, size: int) -> int:
    """Of the whole, where `second` is that of the last `size` bytes."""
    return _product(_power(8 * size), first) ^ second if first else second


@functools.lru_cache(maxsize=1024)
def _power(exponent: int) -> int:
    """x^exponent modulo the polynomial."""
    found, square = _ONE, _X
    while exponent:
        if exponent & 1:
            found = _product(square, found)
        square = _product(square, square)
        exponent >>= 1
    return found


def _product(one: int, other: int) -> int:
    found = 0
    while one:
        if one & _ONE:
            found ^= other
        one = one << 1 & 0xFFFFFFFF
        other = other >> 1 ^ (POLYNOMIAL if other & 1 else 0)
    return found
