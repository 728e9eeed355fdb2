"""What was published from a project, as ObsCore says it: bibcodes, and the facts of a publication."""

import re
from urllib.parse import quote

ADS = "https://ui.adsabs.harvard.edu/abs/{}"
_BIBCODE = re.compile(r"\d{4}[A-Za-z0-9&.]{15}")


def named(columns: dict) -> list[dict]:
    """One for each bibcode, else the title alone: `label`, and `address` where there is one."""
    codes = list(dict.fromkeys(_BIBCODE.findall(str(columns.get("bib_reference") or ""))))
    title = _title(columns)
    if len(codes) == 1 and title:
        return [{"label": f"{title} ({codes[0]})", "address": ADS.format(quote(codes[0]))}]
    found = [{"label": code, "address": ADS.format(quote(code))} for code in codes]
    return found or ([{"label": title, "address": ""}] if title else [])


def _title(columns: dict) -> str:
    said = [columns.get("first_author"), columns.get("publication_year"), columns.get("pub_title")]
    return ", ".join(str(each) for each in said if each) if columns.get("pub_title") else ""
