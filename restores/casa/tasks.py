"""The one gateway to casatasks: every call is logged with what it was given, timed, and its failure put in words.

No other module of a job imports casatasks, so the log of a job tells all that was done to the data.
"""

import inspect
import pathlib
import time
from typing import Any

import casatasks

from restores.casa.failures import Failure

calls: list[dict[str, Any]] = []


def run(task: str, **given: Any) -> Any:
    """Call a CASA task by name.  Paths may be `pathlib` paths."""
    given = {name: _plain(value) for name, value in given.items()}
    call = getattr(casatasks, task)
    casatasks.casalog.post(f"{task}({_told(call, given)})", origin="altiplano")
    start = time.perf_counter()
    try:
        return call(**given)
    except (RuntimeError, ValueError, AssertionError, KeyError, OSError, SystemExit) as error:
        raise _failed(task, given, error) from error
    finally:
        calls.append({"task": task, "seconds": round(time.perf_counter() - start, 3)})


def note(sentence: str) -> None:
    casatasks.casalog.post(sentence, origin="altiplano")


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, pathlib.Path) else value


def _told(call: Any, given: dict[str, Any]) -> str:
    usual = inspect.signature(type(call).__call__).parameters
    changed = {name: value for name, value in given.items() if name not in usual or usual[name].default != value}
    return ", ".join(f"{name}={value!r}" for name, value in changed.items())


def _failed(task: str, given: dict[str, Any], error: BaseException) -> Failure:
    about = given.get("imagename") or given.get("asdm") or given.get("vis") or "the data"
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    return Failure(
        "casa-task-failed",
        f"CASA's {task} failed on {pathlib.Path(str(about)).name}: {reason}.",
        "The log of the job is kept; ask the helpdesk to look at it.",
    )
