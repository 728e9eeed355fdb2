"""What of a search is refused: the sentence names the parameter, as the reader wrote it."""

from archive.errors import ArchiveError


class CriterionError(ArchiveError):
    code = "criterion"

    def __init__(self, parameter: str, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{parameter}: {sentence}", remedy)
        self.parameter = parameter


class CursorError(ArchiveError):
    code = "cursor"

    def __init__(self) -> None:
        super().__init__(
            "cursor: it is not one that this archive gave for this search.",
            "Take the cursor from the page before, with the same criteria and order, or start again without one.",
        )


class UnknownCodeError(ArchiveError):
    """No project that the reader may know of has this code; `near` are the codes she may have meant."""

    status = 404
    code = "unknown-project"

    def __init__(self, text: str, near: list[str]) -> None:
        hint = f"Did you mean {' or '.join(near)}?" if near else "Write the beginning of a code, or * for a part of it."
        super().__init__(f"project: there is no project {text} in this archive.", hint)
        self.near = near


class UnknownUidError(ArchiveError):
    status = 404
    code = "unknown-uid"

    def __init__(self, uid: str) -> None:
        super().__init__(
            f"uid: {uid} names nothing in the index of this archive.",
            "Give the uid of a science goal, group or member ObsUnitSet, or of an execution block.",
        )
