"""The rule of `archive.access` over rows of the flat index and of projects: SQL that looks up a reader's rights itself.

Her rights stand in it as arrays that the database fills when it meets the first row that is hidden, which for most
answers is never: so no question for them goes before a search, and its text is the same whatever rights she has.
Each gives SQL with its values.
"""

from functools import cache

from archive import access, repeated

Said = tuple[str, dict[str, object]]


def visible(user, now) -> Said:
    """Rows of `archive_observation o` that she may know of."""
    sql, values = granted(user, now)
    return (f"({access.INDEXED_OPEN} OR {sql})", values) if values else (access.INDEXED_OPEN, values)


def granted(user, now) -> Said:
    """Rows of `archive_observation o` in whose data she has a right before release."""
    return _asked_of(user, now, "(o.project_id = ANY(ARRAY({projects})) OR o.mous_id = ANY(ARRAY({mous})))")


def known(user, now) -> Said:
    """Rows of `archive_project p` that she may know of."""
    sql, values = _asked_of(user, now, "p.id = ANY(ARRAY({known}))")
    return (f"(NOT p.confidential OR {sql})", values) if values else ("NOT p.confidential", values)


def hidden(user, now) -> dict[str, list[int]]:
    """The three sets of `access.Grants` as keys, for an account, of her rights in confidential projects alone."""
    given, fixed = _given()
    found = repeated.rows(_HIDDEN.format(given), fixed | {"reader": user.pk, "now": now})
    return {
        "projects": [project for project, named, _ in found if named is None],
        "mous": [named for _, named, there in found if named is not None and there],
        "known": [project for project, *_ in found],
    }


_HIDDEN = "SELECT r.of, r.named, r.there FROM ({}) r JOIN archive_project p ON p.id = r.of WHERE p.confidential"


def _asked_of(user, now, rows: str) -> Said:
    if not access.has_account(user):
        return "false", {}
    sets, fixed = _rights()
    return rows.format(**sets), fixed | {"reader": user.pk, "now": now}


@cache
def _rights() -> tuple[dict[str, str], dict[str, object]]:
    """The three sets of `access.Grants`."""
    given, fixed = _given()
    sets = {
        "projects": f"SELECT r.of FROM ({given}) r WHERE r.named IS NULL",  # noqa: S608 (the rule's own text)
        "mous": f"SELECT r.named FROM ({given}) r WHERE r.named IS NOT NULL AND r.there",  # noqa: S608
        "known": f"SELECT r.of FROM ({given}) r",  # noqa: S608
    }
    return sets, fixed


def _given() -> Said:
    return access.all_given().within("right")
