"""Calls in delivered Python text, read as data: the text is parsed, never run."""

import ast
import math
from typing import Any

from archive.errors import ArchiveError

MAX_TEXT = 4 * 1024 * 1024


class ScriptError(ArchiveError):
    code = "unreadable-script"

    def __init__(self, name: str, line: int, why: str) -> None:
        super().__init__(
            f"Line {line} of {name} cannot be read: {why}.",
            "Nothing of a delivered script is ever run; ask the helpdesk about one that was edited by hand.",
        )


def tree_of(text: str, name: str) -> ast.Module:
    if len(text) > MAX_TEXT:
        raise ScriptError(name, 1, f"the file has more than {MAX_TEXT} characters")
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise ScriptError(name, error.lineno or 1, "it is not Python 3") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ScriptError(name, 1, "it is not Python 3") from error


def called(call: ast.Call) -> str:
    """The name of the function called; empty when it is anything but a plain name."""
    return call.func.id if isinstance(call.func, ast.Name) else ""


def keywords(call: ast.Call, name: str, first_line: int = 1) -> dict[str, Any]:
    """The arguments of a call, which have to be keywords with literal values."""
    line = first_line + call.lineno - 1
    found: dict[str, Any] = {}
    if call.args:
        raise ScriptError(name, line, f"{called(call)} has arguments without a name")
    for keyword in call.keywords:
        if keyword.arg is None:
            raise ScriptError(name, line, f"{called(call)} has arguments without a name")
        try:
            found[keyword.arg] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, RecursionError, MemoryError) as error:
            raise ScriptError(name, line, f"the value of {keyword.arg} is not a literal") from error
        if not _is_plain(found[keyword.arg]):
            raise ScriptError(name, line, f"the value of {keyword.arg} is none that a task takes")
    return found


def _is_plain(value: object) -> bool:
    """What can be written as JSON, and kept by a database: no bytes, sets or infinities."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(is_text, value)) and all(map(_is_plain, value.values()))
    return value is None or is_text(value) or isinstance(value, int) or _is_finite(value)


def _is_finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def is_text(value: object) -> bool:
    """Printable text: escapes can write characters that no database takes and no name has."""
    return isinstance(value, str) and value.isprintable()


def is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(is_text, value))
