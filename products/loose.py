"""Products that come by themselves and not in a package: which MOUS each is of, and where it belongs below that.

Its name says the MOUS (FACTS 2.1), or the tree it lies in, or whoever takes it in.  All is known before anything is
stored: what is of no MOUS, or of one that is not indexed, refuses the whole call.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from archive import uids
from archive.errors import ArchiveError
from archive.models import MemberOUS
from archive.readers import container_name, loose_files
from archive.readers.delivery_tree import DIRECTORIES, Member, Paths
from archive.readers.facts import Delivery, FileFacts
from archive.readers.grouping import Group
from archive.readers.tar_entries import Limits
from archive.readers.tree_prefix import Place
from products import naming
from products.models import Product

HOME = "product"
SHOWN = 20  # names in an error
_OWN = re.compile(r"member[._](uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+)[._].*", re.IGNORECASE | re.DOTALL)
_PACKAGES = ("product", "auxiliary", "raw", "cycle0")


class NamelessFilesError(ArchiveError):
    code = "files-of-no-mous"

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"Nothing says of which MOUS {len(names)} of the files are: {_listed(names)}.",
            "Nothing was stored. Say --mous UID for them, in a call of their own.",
        )


class UnindexedMOUSError(ArchiveError):
    status = 404
    code = "unknown-mous"

    def __init__(self, counts: Counter) -> None:
        told = [f"{uid} ({count} {'file' if count == 1 else 'files'})" for uid, count in sorted(counts.items())]
        super().__init__(
            f"The index does not know the MOUS of what was given: {_listed(told)}.",
            "Nothing was stored. Take in its package with `ingest_delivery`, or announce it with `load_obscore`.",
        )


class PackageGivenError(ArchiveError):
    code = "package-given"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is a package, or raw data, and no loose product.",
            "Nothing was stored. Take it in with `manage.py ingest_delivery`.",
        )


class NothingThereError(ArchiveError):
    code = "no-products"

    def __init__(self) -> None:
        super().__init__("There are no files in what was given.", "Name files, tars or directories with products.")


def read(paths: Paths, limits: Limits, *, mous: str = "") -> list[Delivery]:
    """The files of each MOUS, in the order of the uids; `mous` is that of files that do not say it themselves."""
    members = loose_files.walk(paths, limits, is_whole=_is_whole)
    if not members:
        raise NothingThereError
    by_mous = _by_mous(members, uids.mous_name(mous) if mous else "")
    _require_indexed(by_mous)
    return [_delivery(uid, by_mous[uid]) for uid in sorted(by_mous)]


def _is_whole(name: str) -> bool:
    """Whether a tar is a product as it is: the request handler packs single images."""
    if container_name.parse(name).kind in _PACKAGES:
        raise PackageGivenError(name)
    return naming.parse(name).source is not None


def _by_mous(members: Iterable[Member], mous: str) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    nameless = []
    for member in members:
        if member.path.startswith("raw/") or ".asdm.sdm/" in member.path:
            raise PackageGivenError(f"{member.path} in {member.origin.name}")
        place = member.place.merged(Place(mous=said_by(member.name)), member.path)
        place = place.merged(Place(mous=mous or None), f"--mous, about {member.name},") if mous else place
        if place.mous:
            found.setdefault(place.mous, []).append(replace(member, place=place))
        else:
            nameless.append(member.path)
    if nameless:
        raise NamelessFilesError(nameless)
    return found


def said_by(name: str) -> str | None:
    """The MOUS that a name gives; that of a group's image is of no MOUS alone."""
    image = naming.parse(name)
    if image.source is not None:
        named = image.mous if image.level != "group" else None
        return uids.canonical(named) if named and uids.is_uid(named) else None
    own = _OWN.fullmatch(name)
    return uids.canonical(own[1]) if own else None


def _require_indexed(by_mous: dict[str, list[Member]]) -> None:
    known = set(MemberOUS.objects.filter(uid__in=by_mous).values_list("uid", flat=True))
    if absent := {uid: len(members) for uid, members in by_mous.items() if uid not in known}:
        raise UnindexedMOUSError(Counter(absent))


def _delivery(uid: str, members: list[Member]) -> Delivery:
    homes, group = _homes(uid), Group()
    for member in members:
        group.add(replace(member, path=_path(member, homes, uids.file_form(uid))))
    files = (FileFacts(one.name, path, one.role, one.size, one) for path, one in sorted(group.members.items()))
    paths = tuple(dict.fromkeys(member.origin for member in members))
    return Delivery(mous=uid, project=group.place.project, files=tuple(files), paths=paths)


def _homes(uid: str) -> dict[str, str]:
    """Name -> the directory in which the archive has a file of this name."""
    rows = Product.objects.filter(mous__uid=uid, origin=Product.Origin.DELIVERED, superseded_at=None)
    return dict(rows.order_by("-directory").values_list("name", "directory"))


def _path(member: Member, homes: dict[str, str], mous: str) -> str:
    """As the tree says it; else beside the file of that name that is held; else among the products."""
    if member.path.split("/")[0] in DIRECTORIES and "/" in member.path:
        return member.path
    directory = homes.get(naming.archived(member.name, mous), HOME)
    return f"{directory}/{member.name}" if directory else member.name


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
