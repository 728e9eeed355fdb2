"""The execution blocks of one delivery, from everything that names them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from archive import roles, uids
from archive.readers import asdm
from archive.readers.facts import ExecutionBlockFacts, SourceFacts, WindowFacts
from archive.readers.grouping import Group
from archive.readers.manifest import ManifestBlock
from archive.readers.texts import Texts
from archive.readers.tree_prefix import ContradictionError
from archive.sources import source_key

_PER_BLOCK = frozenset({"flagversions", "calapply", "auxcalapply", "qa0_report", "flagtemplate", "flagtsystemplate",
                        "flagtargetstemplate", "calibration_tables", "script_for_calibration",
                        "script_for_sd_calibration"})  # fmt: skip
_TREES = ("measurement_set", "calibration_tables")  # of Cycle 0
_MANUAL = ("script_for_calibration", "script_for_sd_calibration")


def compose(group: Group, texts: Texts, delivered: dict[str, str]) -> tuple[ExecutionBlockFacts, ...]:
    """All blocks in chronological order; `delivered` gives the delivered name of a name in the manifest."""
    naming = _naming(group, texts)
    listed = {block.uid: block for block in texts.manifest.blocks} if texts.manifest else {}
    blocks = []
    for uid in sorted(naming, key=uids.chronological):
        block = ExecutionBlockFacts(
            uid=uid,
            named_by=frozenset(naming[uid]),
            session=_session(uid, texts, listed),
            used=_used(uid, group, texts),
            applycal=texts.applycal.get(uid, ()),
            **_files(uid, group, listed.get(uid), delivered),
        )
        blocks.append(_observed(block, group))
    return _numbered(blocks)


def _naming(group: Group, texts: Texts) -> dict[str, set[str]]:
    """Execution block -> who names it."""
    naming: dict[str, set[str]] = defaultdict(set)
    sources: tuple[tuple[str, Iterable[str]], ...] = (
        ("asdm", group.asdms),
        ("manifest", [block.uid for one in texts.manifests for block in one.blocks]),
        ("ppr", [uid for request in texts.requests for uid in request.blocks]),
        ("restore_script", [uid for script in texts.scripts for uid in script.sessions]),
        ("file", _named_by_files(group, _PER_BLOCK)),
        ("tree", _named_by_trees(group)),
    )
    for source, names in sources:
        for uid in names:
            naming[uid].add(source)
    return naming


def _named_by_files(group: Group, wanted: Iterable[str]) -> set[str]:
    """The blocks whose own files are there; the first uid in such a name is the block's."""
    named = (uids.found_in(member.name)[:1] for member in group.members.values() if member.role in wanted)
    return {uid for found in named for uid in found} - {group.place.mous}


def _named_by_trees(group: Group, below: str = "") -> set[str]:
    """The blocks whose MeasurementSets or calibration tables are there as directories, as Cycle 0 delivers them."""
    names = [path for path in group.trees if path.startswith(below) and roles.role_of(path) in _TREES]
    return {uid for path in names for uid in uids.found_in(path)[:1]}


def _session(uid: str, texts: Texts, listed: dict[str, ManifestBlock]) -> str | None:
    if uid in listed and listed[uid].session:
        return listed[uid].session
    said = [script.sessions for script in texts.scripts] + [r.sessions for r in texts.requests if r.calibrates]
    return next((sessions[uid] for sessions in said if uid in sessions), None)


def _used(uid: str, group: Group, texts: Texts) -> bool | None:
    """Whether the calibration took the block in; the manifest knows best, then the request, then manual scripts."""
    if texts.manifest and texts.manifest.blocks:
        return uid in {block.uid for block in texts.manifest.blocks}
    requested = {block for request in texts.requests if request.calibrates for block in request.blocks}
    if requested:
        return uid in requested
    scripted = _named_by_files(group, _MANUAL)
    if group.place.delivery_date:  # any part of it may be missing
        return uid in scripted | _named_by_trees(group, "calibrated/") or None
    return uid in scripted if scripted else None


def _files(uid: str, group: Group, listed: ManifestBlock | None, delivered: dict[str, str]) -> dict[str, Any]:
    """Names of the block's calibration files: as the manifest says, else by their own names."""
    if listed:
        return {
            "flagversions": delivered.get(listed.flagversions or "", listed.flagversions),
            "calapply": delivered.get(listed.calapply or "", listed.calapply),
            "caltables": tuple(delivered.get(name, name) for name in listed.caltables),
            "renorm_applied": listed.renorm_applied,
        }
    own = {member.role: member.name for member in group.members.values() if uids.file_form(uid) in member.name}
    return {"flagversions": own.get("flagversions"), "calapply": own.get("calapply")}


def _observed(block: ExecutionBlockFacts, group: Group) -> ExecutionBlockFacts:
    """The block with what its raw data say."""
    raw = group.asdms.get(block.uid)
    if raw is None:
        return block
    told = asdm.read(raw.open_table, f"{uids.file_form(block.uid)} in {raw.origin.name}")
    if told.uid != block.uid:
        raise ContradictionError(f"ExecBlock.xml in {raw.origin.name}", "execution block", block.uid, told.uid)
    return replace(
        block,
        raw=raw,
        started_at=told.started_at,
        ended_at=told.ended_at,
        array=told.array,
        antennas=told.antennas,
        longest_baseline_m=told.longest_baseline_m,
        cross_rows=told.cross_rows,
        windows=tuple(_window(window) for window in told.windows),
        sources=tuple(_source(source) for source in told.sources),
    )


def _source(told: asdm.ObservedSource) -> SourceFacts:
    return SourceFacts(told.name, source_key(told.name), told.intents, told.ra_deg, told.dec_deg, told.pointings)


def _window(window: asdm.Window) -> WindowFacts:
    return WindowFacts(
        name=window.name, number=window.number, virtual=None, low_hz=window.low_hz, high_hz=window.high_hz,
        channels=window.channels, channel_width_hz=window.channel_width_hz, baseband=window.baseband,
        science=window.science,
    )  # fmt: skip


def _numbered(blocks: list[ExecutionBlockFacts]) -> tuple[ExecutionBlockFacts, ...]:
    """With virtual numbers: those of the first block used.  Without its raw data nobody knows them."""
    first = next((block for block in blocks if block.used is not False), None)
    virtual = {window.name: window.number for window in first.windows} if first else {}
    return tuple(
        replace(block, windows=tuple(replace(w, virtual=virtual.get(w.name)) for w in block.windows))
        for block in blocks
    )
