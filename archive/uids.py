"""ALMA identifiers: one canonical spelling, `uid://A001/X2d6/X2dd`, whatever came in.

The archive writes `uid://A001/X2d6/X2dd`, file names `uid___A001_X2d6_X2dd`.  The hexadecimal segments are compared
without case and kept in lower case.  `A001` is usually project structure and `A002` an execution block, but a Cycle 1
MOUS has an `A002` uid: what a uid names is never read from its first segment.

A Cycle 0 package names no MOUS but the day of its delivery.  Until ObsCore says more, its MOUS is called as ALMA calls
the delivery, `2011.0.00340.S_2012-12-05`, in every place where others have a uid (docs/decisions/0017).
"""

import functools
import re
from urllib.parse import unquote

from archive.errors import ArchiveError

_ANY = re.compile(r"(?:uid)?[:/_]*A(\d{3})[/_]X([0-9a-f]+)[/_]X([0-9a-f]+)", re.IGNORECASE)
_DELIVERY = re.compile(r"(20\d\d\.0\.\d{5}\.[A-Z]{1,4})_(\d{4}-\d\d-\d\d)", re.IGNORECASE | re.ASCII)
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
    if found := _canonical(text) if isinstance(text, str) else None:
        return found
    raise UidError(text)


@functools.lru_cache(maxsize=1024)
def _canonical(text: str) -> str | None:
    """The files of a package name the same few over and over."""
    match = _ANY.fullmatch(unquote(text).strip())
    if not match or not text.isascii():
        return None
    archive, first, second = (segment.lower() for segment in match.groups())
    return f"uid://A{archive}/X{first}/X{second}"


def is_uid(text: str) -> bool:
    return isinstance(text, str) and _canonical(text) is not None


def delivery_id(text: str) -> str | None:
    """The id of a Cycle 0 delivery, `2011.0.00340.S_2012-12-05`, or None for all else."""
    match = _DELIVERY.fullmatch(unquote(text).strip()) if isinstance(text, str) else None
    return f"{match[1].upper()}_{match[2]}" if match else None


def mous_name(text: str) -> str:
    """What names a MOUS, in its canonical spelling: a uid, or the id of a Cycle 0 delivery."""
    return delivery_id(text) or canonical(text)


def names_mous(text: str) -> bool:
    return delivery_id(text) is not None or is_uid(text)


def file_form(uid: str) -> str:
    """`uid___A001_X2d6_X2dd`, as it stands in the names of files; the id of a delivery is its own file form."""
    return re.sub("[:/]", "_", mous_name(uid))


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
