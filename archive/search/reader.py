"""Who searches, when, and what she may have before release: found once for a question, and only where it is needed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from archive import access, access_in_rows
from archive.access import Grants
from archive.errors import ArchiveError
from archive.search import recalled


class ReaderNeededError(ArchiveError):
    status = 401
    code = "account-needed"

    def __init__(self) -> None:
        super().__init__(
            "scope: what is yours can be told only when it is known who you are.",
            "Log in, or send your token; or search with scope public or all.",
        )


_KNOWN = "(NOT p.confidential OR p.id = ANY(%(known)s))"


@dataclass(frozen=True)
class Reader:
    user: object
    now: datetime

    @classmethod
    def of(cls, user, now) -> "Reader":
        return cls(user, now)

    @cached_property
    def grants(self) -> Grants:
        return access.grants(self.user, self.now)

    @cached_property
    def values(self) -> dict[str, object]:
        """For `visible`, `granted` and `known`."""
        return {"now": self.now, **access_in_rows.known(self.user, self.now)[1]}

    @cached_property
    def hers(self) -> dict[str, object]:
        """For `recalled.HERS` as well, with her rights as keys: two more questions to the database."""
        held = self.grants
        taken_back = recalled.of(self.user, self.now, held) if held.projects or held.mous else []
        return self.values | {"projects": list(held.projects), "mous": list(held.mous), "recalled": taken_back}

    @cached_property
    def visible(self) -> str:
        """Rows of `archive_observation o` that she may know of."""
        return access_in_rows.visible(self.user, self.now)[0]

    @cached_property
    def granted(self) -> str:
        """Rows of `archive_observation o` in whose data she has a right before release."""
        return access_in_rows.granted(self.user, self.now)[0]

    @cached_property
    def known(self) -> str:
        """Rows of `archive_project p` that she may know of."""
        return access_in_rows.known(self.user, self.now)[0]

    def spelled_out(self, sql: str) -> tuple[str, dict[str, object]]:
        """The same with her rights as keys, and these: to plan how they are looked up takes longer than to look.  In
        `visible` and `known` they only matter where a project is hidden, and such rights are few."""
        for looked_up, keyed in ((self.visible, access.INDEXED_VISIBLE), (self.known, _KNOWN)):
            sql = sql.replace(looked_up, keyed) if access.has_account(self.user) else sql
        return sql, self.values | (self._hidden if "%(projects)s" in sql or "%(known)s" in sql else {})

    @cached_property
    def _hidden(self) -> dict[str, list[int]]:
        return access_in_rows.hidden(self.user, self.now)

    def in_scope(self, scope: str) -> str:
        """Rows of the scope; each of them is visible to her."""
        if scope == "mine" and not access.has_account(self.user):
            raise ReaderNeededError
        return {"all": self.visible, "public": access.INDEXED_RELEASED, "mine": recalled.HERS}[scope]

    def values_in(self, scope: str) -> dict[str, object]:
        """For `in_scope`."""
        return self.hers if scope == "mine" else self.values
