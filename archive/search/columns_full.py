"""The columns of ObsCore that only exports need: long texts, footprints, and what follows from other columns."""

import json
import math
from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from archive import announced, positions, uids
from archive.models import MemberOUS

COLUMNS = {
    "proposal_abstract": "p.abstract",
    "proposal_authors": "p.co_authors",
    "publications": "p.publications",
    "type": "split_part(p.code, '.', 4)",
    "pi_userid": "a.name",
    "antenna_arrays": "s.antenna_arrays",
    "frequency_support": "s.frequency_support",
    "scan_intent": "s.scan_intent",
    "s_region": "f.region",
    "bound_rad": "o.bound_rad",
    "em_xel": "o.channels",
    "s_xel1": "o.s_xel1",
    "s_xel2": "o.s_xel2",
    "t_resolution": "o.t_resolution_s",
    "access_estsize": "o.size_kbyte",
    "delivery_state": "m.delivery_state",
    "lastModified": "o.last_modified",
}
JOINS = """
LEFT JOIN archive_almaaccount a ON a.id = p.pi_id
LEFT JOIN archive_setup s ON s.id = o.setup_id
LEFT JOIN archive_footprint f ON f.id = o.footprint_id
"""
_ALWAYS = {
    "obs_collection": "ALMA",
    "facility_name": "JAO",
    "instrument_name": "ALMA",
    "o_ucd": "phot.flux.density;phys.polarization",
}
_PAGE, _DATALINK = "text/html", "application/x-votable+xml;content=datalink"


def finish(row: dict) -> None:
    """What is not stored, in place."""
    row |= _ALWAYS
    row |= _publications(row.pop("publications"))
    names = row["member_ous_uid"], row["group_ous_uid"], row.pop("delivery_state")
    row["access_url"], row["access_format"] = _access(*names, settings.SITE_URL)
    bound, ra = row.pop("bound_rad"), row["s_ra"]
    if row["s_region"] is None and ra is not None and bound is not None:
        row["s_region"] = f"Circle ICRS {ra:.6f} {row['s_dec']:.6f} {math.degrees(bound):.6f}"
    if ra is not None:
        place = positions.Position(ra, row["s_dec"])
        row["gal_longitude"], row["gal_latitude"] = positions.to_galactic(place)
    of, spw = row["member_ous_uid"] or row["group_ous_uid"], row["spw"]
    row["obs_id"] = f"{of}.source.{row['target_name']}" + (f".spw.{spw}" if spw is not None else "")
    row["pol_xel"] = row["pol_states"].strip("/").count("/") + 1 if row["pol_states"] else None
    row["t_xel"] = None
    if row["lastModified"]:
        row["lastModified"] = row["lastModified"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    if row["em_res_power"] and row["em_min"]:
        row["em_resolution"] = (row["em_min"] + row["em_max"]) / 2 / row["em_res_power"]


@lru_cache(maxsize=10_000)
def _access(mous: str | None, group: str | None, state: str | None, site: str) -> tuple[str, str]:
    """Where its data are, and what is there: ALMA's list of files while nothing of them is here, else our page."""
    if mous and state == MemberOUS.Delivery.ANNOUNCED and (files := announced.alma_files(mous)):
        return files, _DATALINK
    page = reverse("mous" if mous else "gous", args=[uids.file_form(mous or group or "")])
    return site + page, _PAGE


def _publications(text: str | None) -> dict:
    """The year is a number, and what is none is left out: no reader of VOTables would take the file."""
    said = json.loads(text or "{}")
    year = str(said.pop("publication_year", ""))
    return said | ({"publication_year": int(year)} if year.isascii() and year.isdecimal() and len(year) == 4 else {})
