"""The one box for anything: what is in it goes to the parameter that it can only be meant for."""

import re
from collections.abc import Mapping

from archive import positions, uids
from archive.search.refusals import CriterionError

_CODE = re.compile(r"20\d\d\.[0-9A-Za-z.*-]*", re.ASCII)


def spread(values: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The values with `q` under its own name: uid, project, position, or else target."""
    if "q" not in values:
        return values
    (text,) = values["q"]
    name = _meant(text)
    if name in values:
        raise CriterionError("q", f"{text!r} was read as {name}, which is given as well.", f"Give it as {name} alone.")
    return {each: texts for each, texts in values.items() if each != "q"} | {name: (text,)}


def _meant(text: str) -> str:
    if uids.names_mous(text):
        return "uid"
    if _CODE.fullmatch(text):
        return "project"
    return "position" if _is_position(text) else "target"


def _is_position(text: str) -> bool:
    """A name with coordinates in it stays a name: its rows may lie anywhere near."""
    if positions.designation(text) is not None:
        return False
    try:
        positions.parse(text)
    except positions.PositionError:
        return False
    return True
