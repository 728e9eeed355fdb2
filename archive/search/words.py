"""Words as they are compared: without case and accents."""

import re
import unicodedata


def plain(text: str) -> str:
    """As `Project.pi_key` is written."""
    if text.isascii():  # the same, and a tenth of the work
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", plain(text))


def literal(text: str) -> str:
    """For LIKE, without its wildcards."""
    return re.sub(r"([\\%_])", r"\\\1", text)
