"""Names of ALMA products, and the key under which two spellings of one source are the same (FACTS 1.4, 2)."""

import re

_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9_.+-]")


def sanitised(source: str) -> str:
    """Every character outside letters, digits and `_ . - +` becomes `_`, one for one."""
    return _NOT_IN_FILE_NAMES.sub("_", source)


def source_key(source: str) -> str:
    """`"2MASS J04"`, `_2MASS_J04_` and `2mass_j04` are one source."""
    key = sanitised(source)
    if len(key) > 2 and key.startswith("_") and key.endswith("_"):
        key = key[1:-1]
    return key.casefold()


def product_stem(member: str, source: str, virtual_spws: list[int], mode: str) -> str:
    """`member.uid___A001_X1_X2.NGC_1333_sci.spw25_27.cont.I`; mode is `cube` or `cont`."""
    spws = "_".join(str(number) for number in sorted(virtual_spws))
    return f"member.{member}.{sanitised(source)}_sci.spw{spws}.{mode}.I"
