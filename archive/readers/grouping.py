"""Which of the files that came together belong to which MOUS.

A file says so by the directories above it, by the name of its tar, or by its own name; raw data also by the manifest or
request that names their execution block.  What none of them places goes to the only MOUS there is, or is refused.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from archive import uids
from archive.readers.delivery_tree import AsdmTree, Container, Contents, Member, NoDeliveryError
from archive.readers.tree_prefix import NOWHERE, ContradictionError, Place

_OWN_NAME = re.compile(r"member[._](uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+)[._].*", re.IGNORECASE | re.DOTALL)
_CHUNK = 1 << 20


@dataclass
class Group:
    """The files of one MOUS (of one dated delivery in Cycle 0, which names no MOUS).

    Cycle 0 delivers MeasurementSets and images of CASA as they are, each a directory of many files: one thing of its
    own, as an ASDM is.
    """

    place: Place = NOWHERE
    members: dict[str, Member] = field(default_factory=dict)  # path -> member
    trees: dict[str, dict[str, Member]] = field(default_factory=dict)  # path of the directory -> path -> member
    asdms: dict[str, AsdmTree] = field(default_factory=dict)  # execution block -> its raw data
    containers: list[Container] = field(default_factory=list)

    def say(self, place: Place, where: str) -> None:
        self.place = self.place.merged(place, where)

    def add(self, member: Member) -> None:
        self.say(member.place, f"{member.path} in {member.origin.name}")
        held = self._files_with(member.path).setdefault(member.path, member)
        if held is not member and not _same(held, member):
            raise ContradictionError(str(member.origin), member.path, *(f"{m.size} bytes" for m in (held, member)))

    def _files_with(self, path: str) -> dict[str, Member]:
        parts = path.split("/")
        if self.place.delivery_date and len(parts) > 2:
            return self.trees.setdefault("/".join(parts[:2]), {})
        return self.members

    def add_raw(self, tree: AsdmTree) -> None:
        self.say(tree.place, f"the raw data of {tree.uid} in {tree.origin.name}")
        held = self.asdms.setdefault(tree.uid, tree)
        if held is not tree and held.size != tree.size:
            sizes = (f"{one.size} bytes" for one in (held, tree))
            raise ContradictionError(tree.origin.name, f"raw data of {tree.uid}", *sizes)


def by_mous(contents: Contents) -> tuple[list[Group], list[AsdmTree]]:
    """The groups, and the raw data that do not say by themselves to which one they belong."""
    groups: dict[tuple[str | None, ...], Group] = {}
    unplaced: list[Member] = []
    for member in contents.members:
        key = _key(_placed(member))
        if key is None:
            unplaced.append(member)
        else:
            groups.setdefault(key, Group()).say(_placed(member), str(member.origin))
            groups[key].add(member)
    loose = _place_raw(contents.asdms, groups)
    _note_containers(contents.containers, groups)
    for member in unplaced:
        _only(groups, f"{member.path} in {member.origin.name}").add(member)
    return list(groups.values()), loose


def adopt(loose: Iterable[AsdmTree], groups: list[Group], blocks: dict[str, Group]) -> None:
    """Give raw data to the group whose manifest or request names their block, or to the only one."""
    for tree in loose:
        group = blocks.get(tree.uid) or _only(dict(enumerate(groups)), f"the raw data of {tree.uid}")
        group.add_raw(tree)


def _placed(member: Member) -> Place:
    """The member's place, with the MOUS that its own name may give."""
    own = _OWN_NAME.fullmatch(member.name)
    mous = uids.canonical(own[1]) if own else None
    return member.place.merged(Place(mous=mous), f"{member.path} in {member.origin.name}")


def _key(place: Place) -> tuple[str | None, ...] | None:
    if place.mous:
        return (place.mous,)
    return (place.project, place.delivery_date) if place.delivery_date else None


def _place_raw(asdms: Iterable[AsdmTree], groups: dict) -> list[AsdmTree]:
    loose: list[AsdmTree] = []
    owners: dict[str, tuple[str | None, ...]] = {}
    for tree in asdms:
        key = _key(tree.place)
        if key is None:
            loose.append(tree)
            continue
        if owners.setdefault(tree.uid, key) != key:
            raise ContradictionError(tree.origin.name, f"MOUS of {tree.uid}", str(owners[tree.uid][0]), str(key[0]))
        groups.setdefault(key, Group()).add_raw(tree)
    return loose


def _note_containers(containers: Iterable[Container], groups: dict) -> None:
    """A tar counts as a part of the set that its name gives, also when it is empty of files."""
    for container in containers:
        key = _key(container.place)
        if key is not None:
            groups.setdefault(key, Group()).say(container.place, container.path.name)
            groups[key].containers.append(container)


def _only(groups: dict, what: str) -> Group:
    if len(groups) != 1:
        raise NoDeliveryError(
            f"Nothing says to which MOUS {what} belongs.",
            "Give it together with the other tars of its MOUS, and with those of no other.",
        )
    return next(iter(groups.values()))


def _same(first: Member, second: Member) -> bool:
    """Whether two files of one path have the same bytes; the README comes in a tar of its own and in the package."""
    if first.size != second.size:
        return False
    with first.open() as one, second.open() as other:
        while chunk := one.read(_CHUNK):
            if chunk != other.read(len(chunk)):
                return False
    return True
