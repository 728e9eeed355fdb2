"""calapply.txt: the applycal calls that turn raw into calibrated data, one a line, for one MeasurementSet.

Each line becomes the arguments of one call, ready for order.json: without `vis`, calibration tables by their base
names, and single values in lists as CASA would take them.  A call is refused when it has an argument that we do not
know, because leaving it out would calibrate the data differently without a word.
"""

import ast
import re
from collections.abc import Callable
from typing import Any

from archive.readers.literals import ScriptError, called, is_text, is_texts, keywords, tree_of

_SAFE_TABLE = re.compile(r"[A-Za-z0-9_.+-]+")


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_flags(value: object) -> bool:
    return _is_flag(value) or (isinstance(value, list) and all(map(_is_flag, value)))


def _is_text_or_texts(value: object) -> bool:
    return is_text(value) or is_texts(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_map(value: object) -> bool:
    """Numbers of windows, or lists of them."""
    return isinstance(value, list) and all(_is_number(item) or _is_map(item) for item in value)


_ARGUMENTS: dict[str, Callable[[object], bool]] = {
    "vis": is_text, "field": is_text, "intent": is_text, "spw": is_text, "antenna": is_text, "scan": is_text,
    "timerange": is_text, "uvrange": is_text, "observation": is_text, "msselect": is_text, "selectdata": _is_flag,
    "gaintable": _is_text_or_texts, "gainfield": _is_text_or_texts, "interp": _is_text_or_texts, "spwmap": _is_map,
    "calwt": _is_flags, "parang": _is_flag, "applymode": is_text, "flagbackup": _is_flag,
}  # fmt: skip
_PER_TABLE = ("gainfield", "interp", "calwt")


def parse(text: str, name: str, ms_name: str) -> tuple[dict[str, Any], ...]:
    """The calls in order; `ms_name` is the MeasurementSet they all have to name."""
    calls = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("applycal("):
            calls.append(_arguments(_call(line, name, number), name, number, ms_name))
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ScriptError(name, number, "it is neither a comment nor an applycal call")
    return tuple(calls)


def _call(line: str, name: str, number: int) -> ast.Call:
    try:
        body = tree_of(line, name).body
    except ScriptError as error:
        raise ScriptError(name, number, "it is not one complete call") from error
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        raise ScriptError(name, number, "it is more than one call")
    if called(body[0].value) != "applycal":
        raise ScriptError(name, number, "it does not call applycal")
    return body[0].value


def _arguments(call: ast.Call, name: str, number: int, ms_name: str) -> dict[str, Any]:
    given = keywords(call, name, number)
    for key, value in given.items():
        if key not in _ARGUMENTS:
            raise ScriptError(name, number, f"applycal has no argument {key} that the archive knows")
        if not _ARGUMENTS[key](value):
            raise ScriptError(name, number, f"{key}={value!r} is not of a kind that applycal takes")
    vis = _base(str(given.pop("vis", "")))
    if vis != ms_name:
        raise ScriptError(name, number, f"it is for {vis!r} and not for {ms_name}")
    return _with_lists(given, name, number)


def _with_lists(given: dict[str, Any], name: str, number: int) -> dict[str, Any]:
    tables = [_base(table) for table in _listed(given.get("gaintable", []))]
    if not tables or not all(_SAFE_TABLE.fullmatch(table) and table.strip(".") for table in tables):
        raise ScriptError(name, number, "it names no calibration table, or one with an unsafe name")
    per_table = {key: _listed(given[key]) for key in _PER_TABLE if key in given}
    if "spwmap" in given:
        per_table["spwmap"] = _maps(given["spwmap"], len(tables))
    for key, values in per_table.items():
        if len(values) not in (0, 1, len(tables)):
            raise ScriptError(name, number, f"{key} has {len(values)} entries for {len(tables)} calibration tables")
    return {**given, "gaintable": tables, **per_table}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _maps(value: list[Any], tables: int) -> list[Any]:
    """A flat list of window numbers is the map of the only table."""
    flat = not any(isinstance(item, list) for item in value)
    return [value] if flat and (value or tables == 1) else value


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
