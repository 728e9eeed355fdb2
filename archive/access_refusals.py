"""Why somebody may not have data, or not have work done on them: sentences that `archive.access` raises."""

from archive.errors import ArchiveError
from archive.models import NEVER, MemberOUS


class ProprietaryError(ArchiveError):
    """The caller may not have these data (yet).  A face answers 401 to whom it does not know."""

    status = 403
    code = "proprietary"

    def __init__(self, mous):
        known = mous.release_at.year < NEVER.year
        until = f"until {mous.release_at:%Y-%m-%d}" if known else "and no release date is known"
        super().__init__(
            f"The data of {mous.uid} (project {mous.project.code}) are proprietary {until}.",
            "Ask the PI of the project to name you as delegee, or wait until the data are released.",
        )


class RecalledError(ArchiveError):
    """A face answers 401 to whom it does not know, as with what is proprietary."""

    status = 403
    code = "recalled"

    def __init__(self, mous):
        super().__init__(
            f"The data of {mous.uid} were recalled on {mous.recalled_at:%Y-%m-%d}: {mous.recall_reason}",
            "Do not use what you have of it. Its page will say when the data are handed out again.",
        )


class DownloadOnlyError(ArchiveError):
    status = 403
    code = "download-only"

    def __init__(self, mous):
        super().__init__(
            f"Your delegation lets you download the data of {mous.uid}, not have them processed.",
            "Ask the PI of the project for a delegation with the role process.",
        )


class AccountNeededError(ArchiveError):
    status = 401
    code = "account-needed"

    def __init__(self, mous):
        super().__init__(
            f"Processing {mous.uid} needs an account, also where its data are public.",
            "Log in, or send your token, and ask again.",
        )


def refusal(mous, otherwise=ProprietaryError):
    """Why the data of a MOUS are not for somebody who may know of it: a recall before all else."""
    row = MemberOUS.objects.select_related("gous__project").get(pk=mous.pk)
    return RecalledError(row) if row.recalled_at else otherwise(row)
