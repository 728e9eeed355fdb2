"""Why a file is not a whole FITS file, as the rest of the sentence "the file ... : it ..."."""


class BrokenError(ValueError):
    """Ends the reading of one file; its text is shown to staff."""
