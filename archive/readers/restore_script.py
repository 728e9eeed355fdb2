"""casa_piperestorescript.py: the call that restores a delivery, and its parameters.

The script is parsed and never run.  What the pipeline's own scripts hold besides the call (h_init, h_save, the guard
around them, an import of fixsyscaltimes) is expected; anything else is reported, because we would not do it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive import uids, versions
from archive.readers.literals import ScriptError, called, is_text, is_texts, keywords, tree_of

_TASK = re.compile(r"h(ifa|if|ifv|sd)_restoredata")
_FRAME = ("h_init", "h_save")
_INTERFEROMETRY = {
    "products_dir": "../products", "copytoraw": True, "rawdata_dir": "../rawdata", "lazy": False, "bdfflags": True,
    "ocorr_mode": "ca",
}  # fmt: skip
_SINGLE_DISH = {**_INTERFEROMETRY, "ocorr_mode": "ao"}
_ASIS = "SBSummary ExecBlock Antenna Station Receiver Source CalAtmosphere CalWVR"
_ASIS_ADDED = (((2021, 2), "CalPointing"), ((2022, 2), "Annotation"), ((2025, 1), "Pointing"))
_ASIS_SINGLE_DISH = "SBSummary ExecBlock Annotation Antenna Station Receiver Source CalAtmosphere CalWVR SpectralWindow"


@dataclass(frozen=True)
class RestoreScript:
    name: str
    task: str  # "hifa_restoredata"; "hsd_..." is total power, "hifv_..." the VLA, "hif_..." neither named
    sessions: dict[str, str]  # execution block -> session, in the script's order
    given: dict[str, Any]  # what the call says, without vis and session
    unexpected: tuple[str, ...]  # "line 3: os.system(...)"

    def parameters(self, pipeline_version: str | None = None) -> dict[str, Any]:
        """All parameters, where the call is silent with the defaults of the pipeline that made the delivery."""
        single_dish = self.task.startswith("hsd_")
        defaults = _SINGLE_DISH if single_dish else _INTERFEROMETRY
        asis = _ASIS_SINGLE_DISH if single_dish else default_asis(pipeline_version)
        return {**defaults, "asis": asis, **self.given}


def default_asis(pipeline_version: str | None) -> str:
    """ASDM tables that hifa_restoredata imports as they are; releases have added some."""
    version = versions.parse(pipeline_version) or ()
    # Before 2020 the pipeline was numbered by revision (40896), which is no release to compare with.
    added = [table for since, table in _ASIS_ADDED if version[:1] < (10_000,) and version >= since]
    return " ".join((_ASIS, *added))


def parse(text: str, name: str) -> RestoreScript:
    calls, unexpected = [], []
    for node in _statements(tree_of(text, name).body):
        call = _call_of(node)
        if call is not None and _TASK.fullmatch(called(call)):
            calls.append(call)
        elif not _expected(node, call):
            unexpected.append(f"line {node.lineno}: {ast.unparse(node).splitlines()[0][:80]}")
    if len(calls) != 1:
        raise ScriptError(name, 1, f"it has {len(calls)} restoredata calls where one is expected")
    given = keywords(calls[0], name)
    return RestoreScript(
        name=name,
        task=called(calls[0]),
        sessions=_sessions(given.pop("vis", None), given.pop("session", None), name, calls[0].lineno),
        given=given,
        unexpected=tuple(unexpected),
    )


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in order, those within the script's try/finally included."""
    for node in body:
        if isinstance(node, ast.Try) and not node.handlers and not node.orelse:
            yield from _statements([*node.body, *node.finalbody])
        else:
            yield node


def _call_of(node: ast.stmt) -> ast.Call | None:
    value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
    return value if isinstance(value, ast.Call) else None


def _expected(node: ast.stmt, call: ast.Call | None) -> bool:
    if call is not None:
        return called(call) in _FRAME and not call.args and not call.keywords
    if isinstance(node, ast.ImportFrom):
        return node.module == "recipes.almahelpers"
    if isinstance(node, ast.Assign):
        return ast.unparse(node) == "__rethrow_casa_exceptions = True"
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _sessions(vis: Any, session: Any, name: str, line: int) -> dict[str, str]:
    """One session for each execution block; numbers may repeat or be left out."""
    blocks = [vis] if is_text(vis) else vis
    sessions = [session] if is_text(session) else session or []
    if not blocks or not is_texts(blocks) or not is_texts(sessions):
        raise ScriptError(name, line, "vis or session is not a list of names")
    if sessions and len(sessions) != len(blocks):
        raise ScriptError(name, line, f"it has {len(sessions)} sessions for {len(blocks)} execution blocks")
    named = [_block(block, name, line) for block in blocks]
    return dict(zip(named, sessions or ["session_1"] * len(named), strict=True))


def _block(vis: str, name: str, line: int) -> str:
    uid = re.sub(r"(\.asdm\.sdm|\.ms)$", "", vis.rstrip("/").rpartition("/")[2])
    if not uids.is_uid(uid):
        raise ScriptError(name, line, f"{vis!r} is not an execution block")
    return uids.canonical(uid)
