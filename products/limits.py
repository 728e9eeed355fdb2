"""How much a package from outside may hold before it is refused, as the settings say."""

from django.conf import settings

from archive.readers.tar_entries import Limits


def archive_limits() -> Limits:
    return Limits(**settings.ARCHIVE_LIMITS)
