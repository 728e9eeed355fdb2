"""ALMA identifiers: one canonical spelling, `uid://A001/X2d6/X2dd`, whatever came in.

The archive writes `uid://A001/X2d6/X2dd`, file names `uid___A001_X2d6_X2dd`.  The hexadecimal segments are compared
without case and kept in lower case.  `A001` is usually project structure and `A002` an execution block, but a Cycle 1
MOUS has an `A002` uid: what a uid names is never read from its first segment.
"""

import re
from urllib.parse import unquote

from archive.errors import ArchiveError

_ANY = re.compile(r"(?:uid)?[:/_]*A(\d{3})[/_]X([0-9a-f]+)[/_]X([0-9a-f]+)", re.IGNORECASE)
_IN_FILE = re.compile(r"uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+", re.IGNORECASE)


class UidError(ArchiveError):
    code = "not-a-uid"

    def __init__(self, text: object) -> None:
        super().__init__(
            f"{text!r} is not an ALMA identifier.",
            "Write it as uid://A001/X2d6/X2dd or as in file names, uid___A001_X2d6_X2dd.",
        )


def canonical(text: str) -> str:
    """`uid://A001/X2d6/X2dd` from any spelling, also percent-encoded or without its `uid`."""
    match = _ANY.fullmatch(unquote(text).strip()) if isinstance(text, str) else None
    if not match or not text.isascii():
        raise UidError(text)
    archive, first, second = (segment.lower() for segment in match.groups())
    return f"uid://A{archive}/X{first}/X{second}"


def is_uid(text: str) -> bool:
    try:
        canonical(text)
    except UidError:
        return False
    return True


def file_form(uid: str) -> str:
    """`uid___A001_X2d6_X2dd`, as it stands in the names of files and MeasurementSets."""
    return re.sub("[:/]", "_", canonical(uid))


def ms_name(uid: str) -> str:
    """The MeasurementSet of an execution block."""
    return f"{file_form(uid)}.ms"


def found_in(name: str) -> list[str]:
    """The uids written in a file name, canonical, in the order of the name."""
    return [canonical(text) for text in _IN_FILE.findall(name)]


def chronological(uid: str) -> tuple[int, int, int]:
    """Key that sorts execution blocks by time: the segments are numbers, so `X9f` comes before `X10a`."""
    archive, first, second = canonical(uid).removeprefix("uid://A").split("/X")
    return int(archive), int(first, 16), int(second, 16)
