"""Files that came without the tree of a package: in directories, in tars, or each by itself."""

from collections.abc import Callable, Iterator

from archive.readers import tree_prefix
from archive.readers.delivery_tree import Container, Member, Paths, counted, flat, of_tar, require_size, root_place
from archive.readers.origins import File, Tree
from archive.readers.tar_entries import DEFAULT_LIMITS, Limits, safe_parts
from archive.readers.tree_prefix import NOWHERE, Place


def walk(paths: Paths, limits: Limits = DEFAULT_LIMITS, *, is_whole: Callable[[str], bool]) -> list[Member]:
    """All files of what is given, with what directories of the member tree they have; refused whole as a package is.

    A tar is looked into, unless `is_whole(name)`: then it is a file itself, as each tar within a tar is.
    """
    members: list[Member] = []
    for origin in flat(paths):
        found = _below(origin, limits, is_whole) if isinstance(origin, Tree) else _file(origin, limits, is_whole)
        members += counted(found, limits, already=len(members))
    require_size(members, limits)
    return members


def _below(root: Tree, limits: Limits, is_whole: Callable[[str], bool]) -> Iterator[Member]:
    above, inside = root_place(root)
    for path, file in root.files():
        named, rest = tree_prefix.strip(safe_parts(path, str(root), limits), str(file))
        place = above.merged(named, str(file))
        if _is_opened(file, is_whole):
            yield from of_tar(file, [], limits, place)
        else:
            yield Member("/".join((inside, *rest) if inside else rest), file.size, place, root, file)


def _file(file: File, limits: Limits, is_whole: Callable[[str], bool], above: Place = NOWHERE) -> Iterator[Member]:
    if _is_opened(file, is_whole):
        containers: list[Container] = []
        yield from of_tar(file, containers, limits, above)
    else:
        (name,) = safe_parts(file.name, file.name, limits)
        yield Member(name, file.size, above, file, file)


def _is_opened(file: File, is_whole: Callable[[str], bool]) -> bool:
    return file.name.endswith(".tar") and not is_whole(file.name)
