"""What a reader asks to have together: products, whole MOUSs, or all that a search finds."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs
from uuid import UUID

from archive import find
from archive.errors import ArchiveError
from archive.search import criteria, verbs
from archive.search.reader import Reader
from products import listing

MOST_ROWS = 100_000  # of a search
UNSAID = {"cursor", "limit", "sort", "view"}


class WideSearchError(ArchiveError):
    code = "search-too-wide"

    def __init__(self):
        super().__init__(
            f"This search finds more than {MOST_ROWS} rows: too much for one bundle.",
            "Narrow it, or choose MOUSs of it.",
        )


@dataclass(frozen=True)
class Selection:
    products: list[UUID] = field(default_factory=list)
    mous: list[str] = field(default_factory=list)  # any spelling of the uids
    search: str | None = None  # query string
    roles: list[str] = field(default_factory=list)  # of MOUSs and searches: these alone, all without one


def ids(selection, *, by, now) -> list[UUID]:
    """Of MOUSs and searches the current products that `by` may know of."""
    members = {find.mous(text, by, now).uid for text in selection.mous}
    if selection.search is not None:
        members |= found_by(selection.search, by, now)
    rows = listing.listed(by, now).filter(mous__uid__in=members)
    if selection.roles:
        rows = rows.filter(role__in=selection.roles)
    return [*selection.products, *rows.order_by().values_list("pk", flat=True)]


def found_by(query, by, now):
    """Uids of the MOUSs of a search; pages and orders mean nothing here."""
    given = {name: values for name, values in parse_qs(query.lstrip("?")).items() if name not in UNSAID}
    wanted, reader = criteria.parse(given), Reader.of(by, now)
    if verbs.count(wanted, reader, MOST_ROWS).more:
        raise WideSearchError
    return {row["member_ous_uid"] for row in verbs.stream(wanted, reader)} - {None}
