"""The body of a request: an object with just the keys that are documented.

What is not known is refused by name.  ALMA's own recipe templates drop a misspelt key in silence, and the cube is
made at the wrong rest frequency (FEATURES 0.3).
"""

from archive.errors import ArchiveError


class BodyError(ArchiveError):
    code = "bad-parameter"


class UnknownParameterError(ArchiveError):
    code = "unknown-parameter"

    def __init__(self, names, allowed):
        super().__init__(
            f"This request does not know {_listed(names)}.", f"It takes {_listed(allowed)}; write nothing else."
        )


class MissingParameterError(ArchiveError):
    code = "missing-parameter"

    def __init__(self, names):
        super().__init__(f"This request does not say {_listed(names)}.", "Add it and send the request again.")


def _listed(names):
    return ", ".join(sorted(map(str, names)))


def body(sent, *, required=(), optional=()):
    """`sent` itself, if it is an object that has all of `required` and nothing beyond them and `optional`."""
    if not hasattr(sent, "keys"):
        raise BodyError("The body of this request is not a JSON object.", 'Send something like {"name": "value"}.')
    allowed = {*required, *optional}
    if unknown := set(sent) - allowed:
        raise UnknownParameterError(unknown, allowed)
    if missing := set(required) - set(sent):
        raise MissingParameterError(missing)
    return sent


def text(sent, name):
    """The value of `name`, which must be a piece of text."""
    if not isinstance(sent[name], str) or not sent[name].strip() or "\0" in sent[name]:
        raise BodyError(f"{name} is {sent[name]!r}, which is not a piece of text.", f"Write {name} as a string.")
    return sent[name].strip()
