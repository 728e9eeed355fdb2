"""Who searches, when, and what she may have before release: found once for a question."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from archive import access
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


@dataclass(frozen=True)
class Reader:
    user: object
    now: datetime
    grants: Grants

    @classmethod
    def of(cls, user, now) -> "Reader":
        return cls(user, now, access.grants(user, now))

    @cached_property
    def values(self) -> dict[str, object]:
        """For the snippets of `archive.access`."""
        return {"now": self.now, "projects": list(self.grants.projects), "mous": list(self.grants.mous)}

    @cached_property
    def hers(self) -> dict[str, object]:
        """For `recalled.HERS` as well: one more question to the database."""
        return self.values | {"recalled": recalled.of(self.user, self.now) if self._has_grants else []}

    @property
    def known_projects(self) -> list[int]:
        """Keys of all projects that she may know of though they be confidential."""
        return list(self.grants.known)

    @property
    def visible(self) -> str:
        """Rows of `archive_observation o` that she may know of; who has no grants needs no look at them."""
        return access.INDEXED_VISIBLE if self._has_grants else access.INDEXED_OPEN

    def in_scope(self, scope: str) -> str:
        """Rows of the scope; each of them is visible to her."""
        if scope == "mine" and not access.has_account(self.user):
            raise ReaderNeededError
        return {"all": self.visible, "public": access.INDEXED_RELEASED, "mine": recalled.HERS}[scope]

    def values_in(self, scope: str) -> dict[str, object]:
        """For `in_scope`."""
        return self.hers if scope == "mine" else self.values

    @property
    def _has_grants(self) -> bool:
        return bool(self.grants.projects or self.grants.mous)
