"""Names of sources, which files and metadata spell differently.

A file name keeps ASCII letters, digits and `_ . - +` and turns every other character into `_`, one for one.  A name
that CASA's selection syntax would misread is quoted first, and the quotes become one more `_` at either end.  So
sources are matched by a key, never by equality of names.
"""

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]")


def file_name(name: str) -> str:
    """The name as it stands in file names: `2MASS J04393364+2359212` gives `2MASS_J04393364+2359212`."""
    return _UNSAFE.sub("_", name)


def source_key(name: str) -> str:
    """What two spellings of one source have in common: safe characters, one outer pair of `_` off, case folded."""
    safe = file_name(name)
    if len(safe) > 2 and safe[0] == safe[-1] == "_":
        safe = safe[1:-1]
    return safe.lower()
