"""Project codes, `2017.1.00123.S`: year, call, running number, type.

The call is a digit (1 the first regular call of a year, 2 the supplemental one, 0 in Cycle 0) or a capital letter,
which alone marks Director's Discretionary Time.  The type is one letter for science projects (S, T, V, L, P) and may
have up to four for the observatory's own (CAL, CSV).
"""

import re
from dataclasses import dataclass

from archive.errors import ArchiveError

CYCLES = {2011: 0, 2012: 1, 2013: 2, 2015: 3, 2016: 4, 2017: 5, 2018: 6, 2019: 7, 2021: 8, 2022: 9, 2023: 10,
          2024: 11, 2025: 12}  # fmt: skip

_CODE = r"(?P<year>20\d\d)\.(?P<call>[0-9A-Z])\.(?P<number>\d{5})\.(?P<type>[A-Z]{1,4})"
_WHOLE = re.compile(_CODE, re.ASCII)
_IN_FILE = re.compile(rf"(?<![A-Za-z0-9.]){_CODE}(?![A-Za-z0-9])", re.ASCII)


_LETTERS = 27**4  # types of up to four letters, the shorter before the longer


class CodeError(ArchiveError):
    code = "not-a-project-code"

    def __init__(self, text: object) -> None:
        super().__init__(
            f"{text!r} is not an ALMA project code.",
            "Write year, call, five-digit number and type with dots between, as in 2017.1.00123.S.",
        )


@dataclass(frozen=True)
class ProjectCode:
    text: str
    year: int
    call: str
    number: int
    type: str

    def __str__(self) -> str:
        return self.text

    @property
    def cycle(self) -> int | None:
        """The observing cycle; None for years without a call (2014, 2020) and years not known yet."""
        return CYCLES.get(self.year)

    @property
    def ddt(self) -> bool:
        return self.call.isalpha()

    @property
    def supplemental(self) -> bool:
        return self.call == "2"


def parse(text: str) -> ProjectCode:
    match = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise CodeError(text)
    return ProjectCode(text, int(match["year"]), match["call"], int(match["number"]), match["type"])


def is_code(text: str) -> bool:
    return bool(_WHOLE.fullmatch(text))


def found_in(name: str) -> str | None:
    """The first project code written in a file name, or None."""
    match = _IN_FILE.search(name)
    return match.group() if match else None


def order(text: str) -> int:
    """A number that sorts as project codes do; the trigger of `archive_project` computes the same.  Below 2^63."""
    code = parse(text)
    call = int(code.call, 36)
    letters = [ord(letter) - ord("@") for letter in code.type.ljust(4, "@")]
    kind = ((letters[0] * 27 + letters[1]) * 27 + letters[2]) * 27 + letters[3]
    return (((code.year - 2000) * 36 + call) * 100_000 + code.number) * _LETTERS + kind
