"""What people ask of the index: kinds of questions with their share, and what each of them means.

Values are drawn from rows of the drawn archive, so that popular fields, bands and projects are asked for as often as
they were observed.  Beside the parameters stand the conditions that they mean, said in numbers, so that an answer can
be reckoned (`bench/brute_force.py`) without reading the parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from bench import sky_world
from bench.search_places import notation

SEED = 2013
READERS = ("anonymous", "pi", "staff")
# Shares in percent; each name is that of a function below
SHARES = {
    "code exact": 7, "code prefix": 5, "uid": 6, "target exact": 11, "target prefix": 5, "target similar": 3,
    "cone 1'": 10, "cone 10'": 5, "cone 1 deg": 3, "overlap 1'": 5, "overlap 10'": 3, "overlap 1 deg": 2,
    "cone and frequency": 5, "frequency and band": 4, "line at redshift": 4, "pi": 3, "keyword and band": 3,
    "released": 2, "whole archive": 3, "later page": 2, "sorted": 2, "several": 3, "negated": 1, "scope": 2,
    "pole or RA 0": 1,
}  # fmt: skip
LINES = {"CO 1-0": 115.2712018e9, "CO 2-1": 230.538e9, "CO 3-2": 345.7959899e9, "HCN 1-0": 88.6316022e9}
SORTS = ("-observed", "observed", "-released", "frequency", "resolution")


@dataclass(frozen=True)
class Asked:
    """`given` is what is sent; `wants` says the same for brute force: names of conditions with their values."""

    kind: str
    given: dict
    wants: dict = field(default_factory=dict)
    pages: int = 1  # the last of so many is meant


def drawn(count: int, rows: int, seed: int = SEED) -> list[Asked]:
    """So many questions about an archive of so many rows, in the proportions above and in an order of their own."""
    draw = np.random.default_rng([seed, count])
    kinds = draw.choice(list(SHARES), count, p=np.array(list(SHARES.values())) / sum(SHARES.values()))
    row_of = _rows(rows, draw)
    return [Asked(kind, *_MEANT[kind](next(row_of), draw)) for kind in kinds.tolist()]


def _rows(rows: int, draw) -> Iterator[dict]:
    """Rows of the first part, at random, for ever: what was observed for its own sake, calibrators once in a while."""
    part = min(rows, sky_world.PART)
    table = sky_world.table(part, sky_world.SEED, 0, part)
    table = table.filter(pl.col("s_ra").is_not_null() & (pl.col("calib_level") == 2))
    science = table.filter(pl.col("science_observation") == "T")
    others = table.filter(pl.col("science_observation") == "F")
    while True:
        yield from science[draw.integers(0, science.height, 97)].iter_rows(named=True)
        yield from others[draw.integers(0, others.height, 3)].iter_rows(named=True)


def _code_exact(row, draw):
    return {"project": row["proposal_id"]}, {"codes": (row["proposal_id"],)}


def _code_prefix(row, draw):
    begin = row["proposal_id"][: draw.choice([6, 8, 9, 10])]
    return {"project": begin + "*"}, {"code_prefix": begin}


def _uid(row, draw):
    uid = row["member_ous_uid"]
    written = (uid, uid.replace(":", "_").replace("/", "_"), uid.removeprefix("uid://").replace("/", "_"))
    return {"uid": written[draw.integers(3)]}, {"mous": uid}


def _target_exact(row, draw):
    name = row["target_name"]
    written = (name, name.lower(), name.replace(" ", ""), name.replace(" ", "_"))
    return {"target": _plain(written[draw.integers(4)])}, {"name": name}


def _target_prefix(row, draw):
    name = row["target_name"][: max(4, int(draw.integers(4, 9)))].rstrip("+-_. ")
    return {"target": _plain(name) + "*"}, {"name_prefix": name}


def _plain(name):
    """Without the signs that search reads as more than a part of a name."""
    return name.replace(",", "").replace("*", "")


def _target_similar(row, draw):
    name = row["target_name"]
    at = int(draw.integers(1, max(2, len(name) - 1)))
    typed = name[:at] + name[at + 1 :]  # a letter left out
    return {"similar": typed}, {"similar": typed}


def _cone(radius, text, match=None, **more):
    def ask(row, draw):
        ra, dec = row["s_ra"] + draw.normal(0, radius / 4), row["s_dec"] + draw.normal(0, radius / 4)
        written, ra, dec = notation(ra % 360, float(np.clip(dec, -90, 90)), draw)
        given = {"position": written, "radius": text} | ({"match": match} if match else {})
        return given | more, {"cone": (ra, dec, radius, match == "footprint")}

    return ask


def _cone_and_frequency(row, draw):
    given, wants = _cone(1 / 30, "2arcmin")(row, draw)
    middle = row["frequency"]
    low, high = round(middle - 1.2, 2), round(middle + 1.2, 2)
    return given | {"frequency": f"{low}..{high}GHz"}, wants | {"covers": (low * 1e9, high * 1e9)}


def _frequency_and_band(row, draw):
    low = round(row["frequency"] + draw.normal(0, 2), 3)
    high = round(low + float(draw.choice([0.05, 0.5, 2])), 3)
    band = int(row["band_list"])
    return {"frequency": f"{low}..{high}GHz", "band": str(band)}, {"covers": (low * 1e9, high * 1e9), "bands": (band,)}


def _line_at_redshift(row, draw):
    name = str(draw.choice(list(LINES)))
    low = round(float(draw.exponential(0.4)), 3)
    high = round(low + 0.002, 4)
    given = {"line": name, "redshift": f"{low}..{high}", "intent": "TARGET"}
    return given, {"covers": (LINES[name] / (1 + high), LINES[name] / (1 + low)), "target_intent": True}


def _pi(row, draw):
    surname = row["obs_creator_name"].split(",")[0]
    text = row["obs_creator_name"] if draw.random() < 0.6 else surname.upper()
    return {"pi": text}, {"pi": text}


def _keyword_and_band(row, draw):
    keyword, band = row["science_keyword"].split(", ")[0], int(row["band_list"])
    given = {"keyword": keyword, "band": f"{band},7"}
    return given, {"keyword": keyword, "bands": tuple({band, 7})}


def _released(row, draw):
    year, month = int(draw.integers(2014, 2028)), int(draw.integers(1, 13))
    sort = str(draw.choice(["-released", "released"]))
    return {"released": f"{year}-{month:02d}", "sort": sort}, {"month": (year, month), "sort": sort}


def _whole(row, draw):
    return {}, {}


def _later_page(row, draw):
    given, wants = (_whole, _keyword_and_band, _cone(1.0, "1deg"))[draw.integers(3)](row, draw)
    return given, wants, int(draw.integers(2, 6))


def _sorted(row, draw):
    sort, band = str(draw.choice(SORTS)), int(row["band_list"])
    return {"band": str(band), "sort": sort}, {"bands": (band,), "sort": sort}


def _several(row, draw):
    band, keyword = int(row["band_list"]), row["science_keyword"].split(", ")[0]
    finest, sort = round(row["s_resolution"] * 1.3, 3), str(draw.choice(["project", "resolution", "-observed"]))
    given = {"band": str(band), "array": "12m", "resolution": f"..{finest}arcsec", "keyword": keyword, "qa2": "PASS"}
    wants = {"bands": (band,), "array": 1, "finest": finest, "keyword": keyword, "qa2": (1,)}
    return given | {"intent": "TARGET", "sort": sort}, wants | {"target_intent": True, "sort": sort}


def _negated(row, draw):
    band, keyword = int(row["band_list"]), row["science_keyword"].split(", ")[0]
    return {"band": f"!{band}", "keyword": keyword, "qa2": "!FAIL"}, {
        "bands": tuple({*range(1, 11)} - {band}), "keyword": keyword, "qa2": (0, 1, 2)}  # fmt: skip


def _scope(row, draw):
    """`mine` becomes `public` for who has no account."""
    sort = str(draw.choice(["project", "-observed"]))
    return {"scope": "mine", "sort": sort}, {"scope": "mine", "sort": sort}


def _pole_or_ra_0(row, draw):
    """Circles that hold a pole or cross RA 0, where formulas go wrong."""
    polar = draw.random() < 0.5
    moved = row | {"s_ra": float(draw.uniform(0, 360)), "s_dec": -89.7} if polar else row | {"s_ra": 0.0, "s_dec": -1.5}
    return _cone(0.5, "0.5deg", str(draw.choice(["center", "footprint"])))(moved, draw)


_MEANT = {
    "code exact": _code_exact,
    "code prefix": _code_prefix,
    "uid": _uid,
    "target exact": _target_exact,
    "target prefix": _target_prefix,
    "target similar": _target_similar,
    "cone 1'": _cone(1 / 60, "1arcmin"),
    "cone 10'": _cone(1 / 6, "10'"),
    "cone 1 deg": _cone(1.0, "1deg"),
    "overlap 1'": _cone(1 / 60, "60arcsec", "footprint"),
    "overlap 10'": _cone(1 / 6, "10arcmin", "footprint"),
    "overlap 1 deg": _cone(1.0, "1 deg", "footprint"),
    "cone and frequency": _cone_and_frequency,
    "frequency and band": _frequency_and_band,
    "line at redshift": _line_at_redshift,
    "pi": _pi,
    "keyword and band": _keyword_and_band,
    "released": _released,
    "whole archive": _whole,
    "later page": _later_page,
    "sorted": _sorted,
    "several": _several,
    "negated": _negated,
    "scope": _scope,
    "pole or RA 0": _pole_or_ra_0,
}
