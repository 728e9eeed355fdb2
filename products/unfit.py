"""What comes in and has no room in the index: refused in a sentence, and before anything is stored where it shows."""

import contextlib
from collections.abc import Iterable, Iterator

from django.db import DataError, IntegrityError
from psycopg.errors import CheckViolation

from archive.errors import ArchiveError
from products.models import Product

SHOWN = 120  # characters of what is too long


class TooLongNameError(ArchiveError):
    code = "too-long-name"

    def __init__(self, what: str, text: str, most: int) -> None:
        shown = f"{text[:SHOWN]}..." if len(text) > SHOWN else text
        super().__init__(
            f"{shown} is a {what} of {len(text)} characters; the archive keeps {most}.",
            "Nothing was stored. Ask where it comes from, or take it in under a shorter name.",
        )


class UnfitError(ArchiveError):
    code = "unfit"

    def __init__(self, mous: str, why: str) -> None:
        super().__init__(
            f"The delivery of {mous} says something that the index has no room for: {why}.",
            "Nothing of it was indexed. Ask where it comes from; the files that were stored wait for it to come again.",
        )


def require_room(files: Iterable) -> None:
    """Pass where directory and name of each fit."""
    for what in ("directory", "name"):
        most = Product._meta.get_field(what).max_length or 0
        for text in (getattr(file, what) for file in files):
            if len(text) > most:
                raise TooLongNameError(what, text, most)


@contextlib.contextmanager
def fitting(mous: str) -> Iterator[None]:
    """Around what writes rows of others' words: what the database cannot keep is their fault, not ours."""
    try:
        yield
    except (DataError, IntegrityError) as error:
        if isinstance(error, IntegrityError) and not isinstance(error.__cause__, CheckViolation):
            raise  # of another row, which is no fault of what is said
        raise UnfitError(mous, str(error).partition("\n")[0]) from error
