"""How often one may ask, how much one may have at once, and how long results are kept."""

import re

from django.core.exceptions import ImproperlyConfigured

from altiplano.variables import flag, setting

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def rate(name, default):
    """A rate such as "60/min" as (how many, in how many seconds)."""
    said = setting(name, default)
    read = re.fullmatch(rf"([1-9]\d*)/({'|'.join(_SECONDS)})", said)
    if read is None:
        raise ImproperlyConfigured(f"{name} is {said!r}. Write a rate such as 60/min; the units are s, min, h and d.")
    return int(read[1]), _SECONDS[read[2]]


# Who asks: one address by the rightmost entries of X-Forwarded-For, as many as there are proxies of ours
TRUSTED_PROXIES = int(setting("ALTIPLANO_TRUSTED_PROXIES", "0"))

HTTP_BASIC = flag("ALTIPLANO_BASIC", "1")

RATE_LIMITS = flag("ALTIPLANO_RATE_LIMITS", "1")
RATES = {  # archive/limits.py counts
    "api anonymous": rate("ALTIPLANO_API_RATE_ANONYMOUS", "60/min"),
    "api known": rate("ALTIPLANO_API_RATE_KNOWN", "600/min"),
    "file anonymous": rate("ALTIPLANO_FILE_RATE_ANONYMOUS", "600/min"),
    "file known": rate("ALTIPLANO_FILE_RATE_KNOWN", "1200/min"),
    "part anonymous": rate("ALTIPLANO_PART_RATE", "3000/min"),
    "part known": rate("ALTIPLANO_PART_RATE", "3000/min"),
    "page anonymous": rate("ALTIPLANO_PAGE_RATE_ANONYMOUS", "300/min"),
    "password name": rate("ALTIPLANO_PASSWORD_RATE_NAME", "5/min"),
    "password address": rate("ALTIPLANO_PASSWORD_RATE_ADDRESS", "20/min"),
}

# Requests of one person that run, and that wait, at once; staff give individuals more or less (restores/quotas.py)
QUOTA_RUNNING = int(setting("ALTIPLANO_QUOTA_RUNNING", "3"))
QUOTA_QUEUED = int(setting("ALTIPLANO_QUOTA_QUEUED", "20"))

# Taking in: files stored at once (0: as many as there are cores), and what a package may hold before it is refused
INGEST_WORKERS = int(setting("ALTIPLANO_INGEST_WORKERS", "0"))
STAGED_DAYS = float(setting("ALTIPLANO_STAGED_DAYS", "7"))
ARCHIVE_LIMITS = {
    "members": int(setting("ALTIPLANO_ARCHIVE_MAX_MEMBERS", "100000")),
    "size": int(float(setting("ALTIPLANO_ARCHIVE_MAX_TB", "10")) * 1e12),
    "ratio": int(setting("ALTIPLANO_ARCHIVE_MAX_RATIO", "200")),
    "depth": int(setting("ALTIPLANO_ARCHIVE_MAX_DEPTH", "12")),
}

# Restored MeasurementSets: kept for so long, and as long again at every renewal
RESULT_DAYS = int(setting("ALTIPLANO_RESULT_DAYS", "30"))
REMINDER_DAYS = float(setting("ALTIPLANO_REMINDER_DAYS", "7"))
RENEWALS = int(setting("ALTIPLANO_RENEWALS", "6"))

# What a server holds of a file it holds in pieces; 8 MiB at most come after a right has ended (decisions 0040, 0043)
HOLDS_NO_PIECES = flag("ALTIPLANO_HOLDS_NO_PIECES")  # altiplano/file_server.py says so
PIECE_BYTES, CHECK_BYTES = (2**20, 4 * 2**20) if HOLDS_NO_PIECES else (2**18, 2 * 2**20)
