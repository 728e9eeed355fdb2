"""product_rename.txt: the names files had when the pipeline wrote them, and those they are delivered under."""

import re

_QUOTED = re.compile(r"""(["'])(.+?)\1""")
_ARROW = re.compile(r"\s*(?:->|=>|:|,)\s*|\s+")


def parse(text: str) -> dict[str, str]:
    """Old name -> new name, base names only, from `old -> new` or `old new`, with or without quotes and commas.

    Lines that do not hold exactly two names say nothing about a renaming and are passed over.
    """
    pairs = (_pair(line.strip()) for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {_base(pair[0]): _base(pair[1]) for pair in pairs if pair}


def _pair(line: str) -> list[str] | None:
    quoted = [match[2] for match in _QUOTED.finditer(line)]
    names = quoted or [name for name in _ARROW.split(line.rstrip(",;")) if name and name not in ("mv", "to")]
    return names if len(names) == 2 else None


def _base(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]
