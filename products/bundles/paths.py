"""Where a product lies in an archive: the tree in which ALMA delivers (FACTS 3.1), with names that harm nobody.

No part of a path is empty, begins with a dot or holds a character that some system reads otherwise, so that nothing
lands outside the directory in which the archive is unpacked.
"""

from collections.abc import Iterable

from products.download import safe_name


def of_product(product) -> str:
    """`product` with its MOUS, group and project."""
    below = (
        product.directory if product.origin == product.Origin.DELIVERED else f"{product.origin}/{product.request_id}"
    )
    return "/".join([*_above(product.mous), *_parts(below), safe_name(product.name)])


def apart(paths: list[tuple[str, str]]) -> dict[str, str]:
    """From each id to its path; of several with one path, whatever its case, all but the first bear their id.

    So does a file that is called as a directory is: each may be in an archive, and no disk holds both.
    """
    taken, found = _directories(path for path, _ in paths), {}
    for path, key in sorted(paths):
        directory, _, name = path.rpartition("/")
        found[key] = path if path.lower() not in taken else f"{directory}/{key}_{name}"
        taken.add(found[key].lower())
    return found


def _directories(paths: Iterable[str]) -> set[str]:
    """All of them, and those above, in lower case."""
    left, found = {path.rpartition("/")[0].lower() for path in paths}, set()
    while left:
        found |= left
        left = {directory.rpartition("/")[0] for directory in left} - found
    return found


def _above(mous):
    """Levels that nobody has told us of are left out."""
    group = mous.gous
    if mous.delivery_id:  # Cycle 0
        return [group.project.code, "sg_ouss_id", "group_ouss_id", f"member_ouss_{mous.delivery_id[15:]}_id"]
    goal = [f"science_goal.{safe_name(group.science_goal_uid)}"] if group.science_goal_uid else []
    groups = [f"group.{group.name}"] if group.uid != mous.uid else []
    return [group.project.code, *goal, *groups, f"member.{mous.name}"]


def _parts(directory):
    return [safe_name(part) for part in directory.split("/") if part.strip(".")]
