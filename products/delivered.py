"""What a delivery has to be stored: its files as they are, and each execution block's raw data as one tar.

So are the directories of Cycle 0 that are one thing: MeasurementSets, images of CASA, sets of plots.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from archive import uids
from products import held_trees, naming, unfit
from products.packing import Entry, PackedTree


@dataclass(frozen=True)
class DeliveredFile:
    """One file to be stored; `open` may be called again and gives the same bytes each time."""

    name: str
    directory: str
    role: str
    size: int
    open: Callable[[], BinaryIO]
    eb_uid: str = ""
    pipeline_name: str = ""
    path: str = ""  # below the member directory, as delivered
    source: Any = None  # where it lies by itself, as a file of archive/readers/origins.py; None in a tar
    identity: str = ""  # what tells its bytes from any others without reading them; empty where nothing does

    @property
    def place(self) -> str:
        return f"{self.directory}/{self.name}"


def delivered_files(delivery) -> list[DeliveredFile]:
    """All files of one delivery, raw data last; `TooLongNameError` where one has no place in the index."""
    blocks = {block.uid for block in delivery.execution_blocks}
    names = _archive_names(delivery)
    files = [_plain(file, blocks, names[file.path]) for file in delivery.files]
    files += [_packed(delivery, tree, blocks) for tree in delivery.trees]
    files += [_raw(delivery, block) for block in delivery.execution_blocks if block.raw]
    unfit.require_room(files)
    return files


def _plain(file, blocks, name):
    named = [uid for uid in uids.found_in(name) if uid in blocks]
    return DeliveredFile(
        name=name,
        directory=file.path.rpartition("/")[0],
        role=file.role,
        size=file.size,
        open=file.open,
        eb_uid=named[0] if named else "",
        pipeline_name=file.delivered_as or (file.name if name != file.name else ""),
        path=file.path,
        source=file.member.file if file.member.offset is None else None,
        identity=identity_of([("", file.size, file.member.identity)]),
    )


def _archive_names(delivery) -> dict[str, str]:
    """Path -> the archive's name; what would have the name of another file keeps its own (docs/decisions/0019)."""
    mous = "" if delivery.cycle0 or not delivery.mous else uids.file_form(delivery.mous)
    wanted = {file.path: _renamed(file.path, mous) for file in delivery.files}
    claims = Counter(wanted.values())
    chosen = {path: path if claims[renamed] > 1 else renamed for path, renamed in wanted.items()}
    return {path: renamed.rpartition("/")[2] for path, renamed in chosen.items()}


def _renamed(path, mous):
    directory, slash, name = path.rpartition("/")
    return directory + slash + naming.archived(name, mous) if mous else path


def _packed(delivery, tree, blocks):
    """A part of a package may hold a part of the directory: what came before is still in it."""
    prefix = _tree(delivery)
    entries = _entries(prefix, tree.members)
    directory, name = tree.path.rpartition("/")[0], f"{tree.name}.tar"
    if not delivery.parts.products_complete:
        entries = held_trees.completed(entries, mous=delivery.mous, directory=directory, name=name)
    named = [uid for uid in uids.found_in(tree.name) if uid in blocks]
    return DeliveredFile(
        name=name,
        directory=directory,
        role=tree.role,
        size=PackedTree(entries).size,
        open=lambda: PackedTree(entries),
        eb_uid=named[0] if named else "",
        identity=_packed_identity(entries),
    )


def _raw(delivery, block):
    """The ASDM as a tar of our own, the same bytes whether it came packed or unpacked (docs/decisions/0003)."""
    prefix = f"{_tree(delivery)}/raw/{uids.file_form(block.uid)}.asdm.sdm"
    entries = _entries(prefix, block.raw.members)
    return DeliveredFile(
        name=f"{delivery.project}_{uids.file_form(block.uid)}.asdm.sdm.tar",
        directory="raw",
        role="raw",
        size=PackedTree(entries).size,
        open=lambda: PackedTree(entries),
        eb_uid=block.uid,
        identity=_packed_identity(entries),
    )


def _entries(prefix, members) -> list[Entry]:
    return [Entry(f"{prefix}/{path}", one.size, one.open, one.identity) for path, one in members.items()]


def _packed_identity(entries: Iterable[Entry]) -> str:
    return identity_of((entry.name, entry.size, entry.identity) for entry in entries)


def identity_of(parts: Iterable[tuple[str, int, str]]) -> str:
    """One for name, size and identity of all parts; none where one of the parts has none."""
    parts = sorted(parts)
    known = all(identity for _, _, identity in parts)
    return hashlib.sha256(repr(parts).encode()).hexdigest() if known else ""


def _tree(delivery):
    """The directories that ALMA repeats in every tar (seed document 003, section 3; of Cycle 0 001)."""
    if delivery.delivery_date:
        return f"{delivery.project}/sg_ouss_id/group_ouss_id/member_ouss_{delivery.delivery_date}_id"
    places = [("science_goal", delivery.science_goal), ("group", delivery.group), ("member", delivery.mous)]
    named = [f"{kind}.{uids.file_form(uid)}" for kind, uid in places if uid]
    return "/".join([delivery.project, *named])
