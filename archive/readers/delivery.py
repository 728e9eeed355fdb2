"""One delivery, composed from all that its files say."""

from collections import Counter
from dataclasses import replace

from archive import codes, roles
from archive.readers import blocks, grouping, texts
from archive.readers.asdm import MOST_POINTINGS
from archive.readers.calibration import calibration_facts
from archive.readers.delivery_tree import Member, NoDeliveryError, Paths, walk
from archive.readers.facts import (
    CalibrationFacts,
    Delivery,
    ExecutionBlockFacts,
    FileFacts,
    Finding,
    PartsSeen,
    SourceFacts,
    TreeFacts,
    WindowFacts,
)
from archive.readers.findings import findings_of
from archive.readers.grouping import Group
from archive.readers.origins import Origin
from archive.readers.tar_entries import DEFAULT_LIMITS, Limits
from archive.readers.texts import Texts
from archive.readers.tree_prefix import Place

__all__ = ["CalibrationFacts", "Delivery", "ExecutionBlockFacts", "FileFacts", "Finding", "PartsSeen", "SourceFacts",
           "WindowFacts", "read_delivery"]  # fmt: skip


def read_delivery(paths: Paths, limits: Limits = DEFAULT_LIMITS) -> list[Delivery]:
    """What the given tars and directories deliver, one for each MOUS, in the order of their uids."""
    contents = walk(paths, limits)
    groups, loose = grouping.by_mous(contents)
    read = [(group, texts.read(group, limits)) for group in groups]
    for group, said in read:
        _say_who(group, said)
    grouping.adopt(loose, groups, {uid: group for group, said in read for uid in _blocks_named(said)})
    if not groups:
        raise NoDeliveryError("There is no delivery in what was given.", "Give the tars as they were delivered.")
    return sorted((_delivery(group, said) for group, said in read), key=lambda one: one.mous or "")


def _say_who(group: Group, said: Texts) -> None:
    """Manifests and requests have to speak of the MOUS and project that the tree names."""
    for one in said.manifests:
        group.say(Place(mous=one.mous), one.name)
    for request in said.requests:
        project = request.project if request.project and codes.is_code(request.project) else None
        group.say(Place(project=project, mous=request.mous), request.name)


def _blocks_named(said: Texts) -> set[str]:
    listed = {block.uid for one in said.manifests for block in one.blocks}
    return listed.union(*(request.blocks for request in said.requests))


def _delivery(group: Group, said: Texts) -> Delivery:
    delivered = _delivered_names(group, said)
    files = _files(group, said)
    composed = blocks.compose(group, said, delivered)
    parts = _parts(group)
    calibration = calibration_facts(group, said, composed)
    return Delivery(
        mous=group.place.mous,
        project=group.place.project,
        science_goal=group.place.science_goal,
        group=group.place.group,
        cycle0=group.place.delivery_date is not None,
        delivery_date=group.place.delivery_date,
        execution_blocks=composed,
        sources=_sources(composed),
        calibration=calibration,
        continuum=said.continuum,
        fluxes=said.fluxes,
        size_check=said.size_check,
        files=files,
        trees=_trees(group),
        parts=parts,
        findings=(*said.findings, *findings_of(said, composed, files, delivered=delivered, parts=parts)),
        paths=_paths(group),
        manifest=said.manifest,
        requests=tuple(said.requests),
        script=said.script,
    )


def _delivered_names(group: Group, said: Texts) -> dict[str, str]:
    """Name in the manifest -> name of the file that is there, or that should be.

    Files were renamed on their way into the archive: as product_rename.txt says, with `member.` before the uid, and
    primary beams and masks compressed.
    """
    present = {member.name for member in group.members.values()}
    names = {name for one in said.manifests for name in one.names()}
    return {name: _delivered(name, said.renames, present) for name in names}


def _delivered(name: str, renames: dict[str, str], present: set[str]) -> str:
    renamed = renames.get(name, name)
    candidates = (renamed, name, f"member.{name}", f"{renamed}.gz", f"member.{name}.gz")
    return next((candidate for candidate in candidates if candidate in present), renamed)


def _files(group: Group, said: Texts) -> tuple[FileFacts, ...]:
    before = {new: old for old, new in said.renames.items() if new != old}
    return tuple(
        FileFacts(member.name, path, member.role, member.size, member, before.get(member.name))
        for path, member in sorted(group.members.items())
    )


def _trees(group: Group) -> tuple[TreeFacts, ...]:
    return tuple(TreeFacts(path, roles.role_of(path), members) for path, members in sorted(group.trees.items()))


def _sources(composed: tuple[ExecutionBlockFacts, ...]) -> tuple[SourceFacts, ...]:
    """One per key, with the intents of all blocks, and the name and position that the first block gives."""
    found: dict[str, SourceFacts] = {}
    for source in (source for block in composed for source in block.sources):
        held = found.setdefault(source.key, source)
        pointings = tuple(dict.fromkeys((*held.pointings, *source.pointings)))[: MOST_POINTINGS + 1]
        found[source.key] = replace(held, intents=held.intents | source.intents, pointings=pointings)
    return tuple(found.values())


def _parts(group: Group) -> PartsSeen:
    """The parts by the names of their tars; a tree that was unpacked is taken for whole where it has files at all.

    The parts of Cycle 0 are parts of everything, so there it needs the calibrated data too.
    """
    kinds = Counter(container.name.kind for container in group.containers)
    products = [c.name for c in group.containers if c.name.kind in ("product", "cycle0")]
    tars = {container.path for container in group.containers}
    unpacked = {member.directory for member in _members(group) if member.file not in tars}
    needed = {"product", "calibrated"} if group.place.delivery_date else {"product"}
    loose = needed <= unpacked and not products
    return PartsSeen(
        product_parts=frozenset({1} if loose else {name.part for name in products if name.part}),
        product_parts_total=1 if loose else max((name.parts or 0 for name in products), default=None),
        auxiliary=bool(kinds["auxiliary"] or {"calibration", "script"} <= unpacked),
        readme=any(member.role == "readme" for member in group.members.values()),
        raw=frozenset(group.asdms),
    )


def _members(group: Group) -> list[Member]:
    return [*group.members.values(), *(member for tree in group.trees.values() for member in tree.values())]


def _paths(group: Group) -> tuple[Origin, ...]:
    origins: list[Origin] = [one.path for one in group.containers]
    origins += [member.origin for member in _members(group)] + [tree.origin for tree in group.asdms.values()]
    return tuple(dict.fromkeys(origins))
