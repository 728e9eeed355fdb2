"""What the index says of a MOUS whose delivery says nothing: it has not arrived, or it is of Cycle 0.

A MOUS that only ObsCore knows of has names, positions, windows and execution blocks all the same; ALMA has its data.
"""

from urllib.parse import quote

from django.db.models import Max, Min

from archive import index_codes, uids
from archive.models import MemberOUS, Observation, Source

SEARCH_PAGE = "https://almascience.org/aq/?member_ous_uid={}"
DATALINK = "https://almascience.org/datalink/sync?ID={}"
MOST = 500  # sources, and windows, that a page lists


def only(mous: MemberOUS) -> bool:
    """Whether nothing of it has been delivered here."""
    return mous.delivery_state == MemberOUS.Delivery.ANNOUNCED


def alma_page(mous: MemberOUS) -> str | None:
    return SEARCH_PAGE.format(quote(mous.uid, safe="")) if uids.is_uid(mous.uid) else None


def alma_files(uid: str) -> str | None:
    """ALMA's own list of the files, as ObsCore's access_url gives it."""
    return DATALINK.format(quote(uid, safe="")) if uids.is_uid(uid) else None


def blocks(mous: MemberOUS) -> list[str]:
    return list(mous.announced_blocks.order_by("uid").values_list("uid", flat=True))


def blocks_not_delivered(mous: MemberOUS) -> list[str]:
    delivered = set(mous.ebs.values_list("uid", flat=True))
    return [uid for uid in blocks(mous) if uid not in delivered]


def sources(mous: MemberOUS) -> list[Source]:
    """The delivered ones; else those of the index, which are no rows of their own."""
    if delivered := list(mous.sources.all()):
        return delivered
    rows = Observation.objects.filter(mous=mous.pk).values("name__name")
    found = rows.annotate(ra=Min("ra_deg"), dec=Min("dec_deg"), bits=Max("intents")).order_by("name__name")
    return [
        Source(
            mous=mous,
            name=row["name__name"],
            ra_deg=row["ra"],
            dec_deg=row["dec"],
            intents=index_codes.words(row["bits"], index_codes.INTENTS),
        )
        for row in found[:MOST]
    ]


def windows(mous: MemberOUS) -> list[dict]:
    """Frequency ranges as the index has them, one for each spectral window."""
    columns = ("spw", "low_hz", "high_hz", "channels", "channel_width_hz", "bands")
    rows = Observation.objects.filter(mous=mous.pk).exclude(low_hz=None).order_by("low_hz", "high_hz", "spw")
    found = rows.values(*columns).distinct()[:MOST]
    return [row | {"bands": index_codes.bands(row["bands"])} for row in found]
