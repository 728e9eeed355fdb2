"""The rule of `archive.access` over rows of the flat index and of projects: SQL that looks up a reader's rights itself.

Her rights stand in it as arrays that the database fills when it meets the first row that is hidden, which for most
answers is never: so no question for them goes before a search, and its text is the same whatever rights she has.
Each gives SQL with its values.
"""

from functools import cache

from archive import access, repeated

Said = repeated.Said


def visible(user, now) -> Said:
    """Rows of `archive_observation o` that she may know of."""
    sql, values = _asked_of(user, now, _VISIBLE)
    return (sql, values) if values else (access.INDEXED_OPEN, values)


def granted(user, now) -> Said:
    """Rows of `archive_observation o` in whose data she has a right before release."""
    return _asked_of(user, now, _GRANTED)


def known(user, now) -> Said:
    """Rows of `archive_project p` that she may know of."""
    sql, values = _asked_of(user, now, "p.id = ANY(ARRAY({known}))")
    return (f"(NOT p.confidential OR {sql})", values) if values else ("NOT p.confidential", values)


def hidden(user, now) -> dict[str, list[int]]:
    """The three sets of `access.Grants` as keys, for an account, of her rights in confidential projects alone."""
    found = access.all_given(confidential=True).every(reader=user.pk, now=now)
    return {
        "projects": [project for project, named, _ in found if named is None],
        "mous": [named for _, named, there in found if named is not None and there],
        "known": [project for project, *_ in found],
    }


def shared(user, now, sql: str) -> tuple[str, str, str]:
    """For a statement in which `visible` stands: her rights as one of its tables, looked up once if at all; the same
    statement with these; and whether a row is of a project in which she has any, which is looked up for that row."""
    if not access.has_account(user):
        return "", sql, "false"
    given, _ = _given()
    rights = f"rights (of, named, there) AS MATERIALIZED ({given}),"
    of_hers = f"EXISTS (SELECT FROM ({given}) r WHERE r.of = o.project_id)"
    return rights, sql.replace(visible(user, now)[0], _of("rights", _VISIBLE)), of_hers


def _asked_of(user, now, rows: str) -> Said:
    if not access.has_account(user):
        return "false", {}
    given, fixed = _given()
    return _of(f"({given})", rows), fixed | {"reader": user.pk, "now": now}


_GRANTED = "(o.project_id = ANY(ARRAY({projects})) OR o.mous_id = ANY(ARRAY({mous})))"
_VISIBLE = f"({access.INDEXED_OPEN} OR {_GRANTED})"


def _of(rights: str, rows: str) -> str:
    """`rows` with the three sets of `access.Grants`, as `rights` has them."""
    return rows.format(
        projects=f"SELECT r.of FROM {rights} r WHERE r.named IS NULL",  # noqa: S608 (the rule's own text)
        mous=f"SELECT r.named FROM {rights} r WHERE r.named IS NOT NULL AND r.there",  # noqa: S608
        known=f"SELECT r.of FROM {rights} r",  # noqa: S608
    )


@cache
def _given() -> Said:
    return access.all_given().within("right")
