"""The orders of a search, and where in one of them a page begins.

Each order ends with the key of the row, so that no two rows are equal and a page begins exactly behind the row before
it.  Rows without the value come last.  In an index they are apart from the others: so the rows behind a cursor are
asked for in stretches, one after the other, each of which an index gives in its order.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing

from archive.search.criteria import Criteria
from archive.search.refusals import CursorError

_COLUMNS = {
    "project": ("code_order", "mous_id", "id"),
    "released": ("release_at", "id"),
    "observed": ("t_min_mjd", "id"),
    "frequency": ("low_hz", "id"),
    "resolution": ("resolution_arcsec", "id"),
    "distance": ("distance2", "id"),
}
_NULLABLE = {"mous_id", "t_min_mjd", "low_hz", "resolution_arcsec"}


@dataclass(frozen=True)
class Order:
    columns: tuple[str, ...]
    down: bool

    @classmethod
    def of(cls, criteria: Criteria) -> "Order":
        return cls(_COLUMNS[criteria.sort.removeprefix("-")], criteria.sort.startswith("-"))

    @property
    def by_project(self) -> bool:
        return self.columns[0] == "code_order"

    def by(self, row: str) -> str:
        """For ORDER BY within a stretch: the order of an index, forwards or backwards."""
        return ", ".join(f"{row}.{column}{' DESC' if self.down else ''}" for column in self.columns)

    def by_all(self, row: str) -> str:
        """For ORDER BY over all stretches at once, where no index helps."""
        first, *rest = self.columns
        last = [f"{row}.{column}{' DESC' if self.down else ''}" for column in rest]
        return ", ".join([f"{row}.{first}{' DESC' if self.down else ''} NULLS LAST", *last])

    def stretches(self, after: Sequence[object] | None, row: str) -> list[str]:
        """Conditions for the rows behind one with these values, or for all rows; in the order of the answer."""
        if after is not None:
            return self._behind(0, after, row)
        first = f"{row}.{self.columns[0]}"
        apart = self.down and self.columns[0] in _NULLABLE
        return [f"{first} IS NOT NULL", f"{first} IS NULL"] if apart else ["TRUE"]

    @staticmethod
    def values(after: Sequence[object] | None) -> dict[str, object]:
        return {f"after_{at}": value for at, value in enumerate(after or ())}

    def _behind(self, at: int, after: Sequence[object], row: str) -> list[str]:
        """Behind, among the rows that agree with `after` in the columns before `at`."""
        names = [f"{row}.{name}" for name in self.columns[at:]]
        beyond, nulls_last = "<" if self.down else ">", at == 0 or not self.down
        if after[at] is None:
            found = [f"{names[0]} IS NULL AND {more}" for more in self._behind(at + 1, after, row)]
            return found if nulls_last else [*found, f"{names[0]} IS NOT NULL"]
        if _NULLABLE.intersection(self.columns[at + 1 :]):
            found = [f"{names[0]} = %(after_{at})s AND {more}" for more in self._behind(at + 1, after, row)]
            return [*found, f"{names[0]} {beyond} %(after_{at})s"]
        blanks = ", ".join(f"%(after_{at + number})s" for number in range(len(names)))
        found = [f"({', '.join(names)}) {beyond} ({blanks})"]
        return [*found, f"{names[0]} IS NULL"] if nulls_last and self.columns[at] in _NULLABLE else found


_SIGNER = signing.Signer(salt="archive.search.cursor")


def cursor(criteria: Criteria, values: Sequence[object]) -> str:
    """Where the next page begins: the values of the last row of this one."""
    written = [criteria.digest, *(value.isoformat() if hasattr(value, "isoformat") else value for value in values)]
    return signing.b64_encode(_SIGNER.sign(json.dumps(written, separators=(",", ":"))).encode()).decode()


def read(criteria: Criteria, text: str) -> list[object] | None:
    if not text:
        return None
    try:
        digest, *values = json.loads(_SIGNER.unsign(signing.b64_decode(text.encode()).decode()))
    except (signing.BadSignature, ValueError):
        raise CursorError from None
    if digest != criteria.digest:
        raise CursorError
    return values
