"""Why a package from outside is refused: each says which of its files it is, and what to do."""

from archive.errors import ArchiveError


class UnreadableTarError(ArchiveError):
    code = "unreadable-tar"

    def __init__(self, name: str, why: object) -> None:
        super().__init__(f"{name} cannot be read as a tar: {why}.", "Download it again from the archive.")


class TruncatedTarError(ArchiveError):
    code = "truncated-tar"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} is not complete: {why}.", "Download it again from the archive.")


class UnsafeMemberError(ArchiveError):
    code = "unsafe-member"

    def __init__(self, name: str, member: str, why: str) -> None:
        super().__init__(
            f"{name} holds {member!r}, which {why}; nothing of it was read.",
            "Deliveries of the archive hold plain files only: ask where this one comes from.",
        )


class TooLargeError(ArchiveError):
    status = 413
    code = "delivery-too-large"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}.", "Raise the limit for this delivery if it is meant to be so large.")
