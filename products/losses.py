"""What can have become of a stored object: gone, damaged, swept before a row named it; or the store refused."""

from archive.errors import ArchiveError, TransientError


class MissingObjectError(ArchiveError):
    """The index names an object that the store does not hold."""

    status = 500
    code = "object-missing"

    def __init__(self, key):
        super().__init__(f"The file {_name(key)} is indexed but not in the store.", "Staff: ingest the delivery again.")


class CorruptObjectError(ArchiveError):
    """The bytes in the store are not the bytes that were put there."""

    status = 500
    code = "object-corrupt"

    def __init__(self, key):
        super().__init__(
            f"The file {_name(key)} in the store does not have the SHA-256 it was ingested with.",
            "Do not use it. Staff: ingest the delivery again; the damaged object stays for inspection.",
        )


class SweptError(ArchiveError):
    """Work took longer than objects without a row are left alone."""

    status = 500
    code = "object-swept"

    def __init__(self, key):
        super().__init__(
            f"The file {_name(key)} was swept from the store before it could be indexed; nothing was archived.",
            "Do it again. Staff: set ALTIPLANO_ORPHAN_GRACE_HOURS to longer than any ingestion or delivery takes.",
        )


class QuarantinedError(ArchiveError):
    """The bytes are known not to be right, and are handed to nobody until staff have seen to it."""

    status = 409
    code = "quarantined"

    def __init__(self, product):
        super().__init__(
            f"{product.name} is quarantined since {product.quarantined_at:%Y-%m-%d}: {product.quarantine_reason}",
            "Its bytes are not handed out. Report a problem on the page of its MOUS to hear of it.",
        )


class RefusedError(TransientError):
    """The store answered, and does not do what it was asked; `code` and `status` are as S3 names them."""

    def __init__(self, refusal):
        super().__init__(f"The object store refused: {as_end(refusal)}")
        self.code = refusal.response["Error"]["Code"]
        self.status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]


def as_end(error: Exception) -> str:
    """What a library says, as the end of a sentence."""
    return f"{str(error).rstrip('.')}."


def _name(key: str) -> str:
    """The name of the file: the rest of a key is nobody's business but ours, and is logged."""
    return key.rpartition("/")[2]
