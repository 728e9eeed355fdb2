"""What is not in this archive; and what is hidden from the caller, which is told in the very same words."""

from archive.errors import ArchiveError


class UnknownProjectError(ArchiveError):
    """`near` is a project that the caller may know of and whose code begins as what was asked for."""

    status = 404
    code = "unknown-project"

    def __init__(self, code, *, near=None):
        hint = f"Did you mean {near.code}?" if near else "Write the whole code, as in 2017.1.00123.S."
        super().__init__(f"There is no project {code} in this archive.", hint)


class UnknownMousError(ArchiveError):
    status = 404
    code = "unknown-mous"

    def __init__(self, text):
        super().__init__(
            f"There is no member ObsUnitSet {text} in this archive.",
            "Write its uid as uid://A001/X2d6/X2dd or as in file names, uid___A001_X2d6_X2dd.",
        )


class UnknownGousError(ArchiveError):
    status = 404
    code = "unknown-gous"

    def __init__(self, text):
        super().__init__(
            f"There is no group ObsUnitSet {text} in this archive.",
            "Write its uid as uid://A001/X2d6/X2db or as in file names, uid___A001_X2d6_X2db.",
        )
