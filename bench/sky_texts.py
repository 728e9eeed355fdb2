"""Texts of the drawn projects and ObsUnitSets, as ALMA writes them."""

import numpy as np
import polars as pl

from bench import sky_places as places
from bench.sky_projects import MJD_ZERO, NOW_MJD, words

CALLS = ("1", "2", "A", "B", "0")
TYPES = ("S", "T", "V", "L", "P")
SUFFIXES = ("TM1", "TM2", "7M", "TP")
POOL = 300  # different antenna lists of an array
FIRST_BLOCK = 0x800000
NOW = MJD_ZERO + np.timedelta64(int(NOW_MJD), "D")


def accounts():
    """Name and ALMA account of every person, by number."""
    people = [(surname.replace("_", " "), forename) for forename in places.FORENAMES for surname in places.SURNAMES]
    names = pl.Series([f"{surname}, {forename}" for surname, forename in people])
    told = [
        f"{forename[0]}{surname.replace(' ', '')}{at % 97}".lower() for at, (surname, forename) in enumerate(people)
    ]
    return names, pl.Series([f"{name}{at // 97}" for at, name in enumerate(told)])


def projects(project):
    names, userids = accounts()
    year = np.array([row[0] for row in places.YEARS])[project["year"]]
    call = words(CALLS, np.where(year == 2011, len(CALLS) - 1, project["call"]))
    code = pl.DataFrame(
        {
            "year": year,
            "call": call,
            "number": pl.Series(project["number"]).cast(pl.String).str.zfill(5),
            "type": words(TYPES, project["type"]),
        }
    ).select(pl.format("{}.{}.{}.{}", "year", "call", "number", "type"))
    category, keyword = _subjects(project)
    place = project["place"]
    return pl.DataFrame(
        {
            "proposal_id": code.to_series(),
            "type": words(TYPES, project["type"]),
            "obs_creator_name": names.gather(project["pi"]),
            "pi_userid": userids.gather(project["pi"]),
            "obs_title": pl.Series(_TITLES).gather(place % len(_TITLES)) + " " + keyword.str.split(",").list.first(),
            "proposal_abstract": pl.Series(_ABSTRACTS).gather(place % len(_ABSTRACTS)),
            "proposal_authors": _authors(names, place),
            "science_keyword": keyword,
            "scientific_category": category,
        }
    ).with_columns(obs_publisher_did=pl.format("ADS/JAO.ALMA#{}", "proposal_id"))


def _subjects(project):
    """One keyword, or two, each project's own pair."""
    category = list(places.CATEGORIES)
    of = [places.CATEGORIES[category[at]][1] for at in project["category"]]
    first = [words[int(len(words) * draw**1.5)] for words, draw in zip(of, project["keywords"][:, 0], strict=True)]
    second = [words[int(len(words) * draw)] for words, draw in zip(of, project["keywords"][:, 1], strict=True)]
    both = [a if a == b or draw > 0.55 else f"{a}, {b}"
            for a, b, draw in zip(first, second, project["keywords"][:, 1], strict=True)]  # fmt: skip
    return pl.Series(category).gather(project["category"]), pl.Series(both)


def _authors(names, place):
    some = [names.gather((place * 31 + step * 137) % len(names)) for step in range(1, 5)]
    return some[0] + "; " + some[1] + "; " + some[2] + "; " + some[3] + ";"


def members(drawn, centre, kinds):
    """Texts of MOUSs; those of the group and the project are looked up through them."""
    project, gous, mous = drawn.project, drawn.gous, drawn.mous
    of, of_project = mous["of"], gous["of"][mous["of"]]
    hexadecimal = pl.Series([f"{number:x}" for number in range(8192)])
    inside = pl.Series(gous["ordinal"][of] * 10 + mous["ordinal"] * 2 + 3)
    segment = pl.Series([f"{0x100 + number:x}" for number in project["place"].tolist()]).gather(of_project)
    block = pl.Series([f"{FIRST_BLOCK + 7 * number:x}" for number in project["place"].tolist()]).gather(of_project)
    released = pl.Series(mous["release"].astype("datetime64[ms]"))
    return pl.DataFrame(
        {
            "member_ous_uid": "uid://A001/X" + segment + "/X" + hexadecimal.gather(inside),
            "group_ous_uid": "uid://A001/X" + segment + "/X" + hexadecimal.gather(gous["ordinal"][of] * 10 + 2),
            "asdm_uid": "uid://A002/X" + block + "/X" + hexadecimal.gather(inside * 13 % 8192),
            "qa2_passed": words(("F", "T", None), mous["qa2"]),
            "obs_release_date": released.dt.strftime("%Y-%m-%dT%H:%M:%S.000"),
            "data_rights": words(("Proprietary", "Public"), mous["release"] <= NOW),
            "lastModified": _instant(mous["modified"]),
            "schedblock_name": _blocks(drawn),
            "antenna_arrays": _antennas(mous),
            "frequency_support": _support(drawn, centre, kinds),
            "pol_states": words(("/XX/YY/", "/XX/", "/XX/XY/YX/YY/"), mous["polarisations"]),
        }
    )


def _instant(days):
    return pl.Series((MJD_ZERO + (days * 86_400_000).astype("timedelta64[ms]")).astype("datetime64[ms]")).dt.strftime(
        "%Y-%m-%dT%H:%M:%S%.3f"
    )


def _blocks(drawn):
    of = drawn.mous["of"]
    bands = words([f"{band:02d}" for band in places.BANDS], drawn.gous["band"][of])
    letters = words("abcdefghijklmnopqrstuvwxyz", drawn.gous["ordinal"][of] % 26)
    return "SB_" + letters + "_" + bands + "_" + words(SUFFIXES, drawn.mous["array"])


def _antennas(mous):
    """From a few hundred lists for each array, the same in all parts."""
    rng = np.random.default_rng(5)
    twelve = [_list(rng, rng.integers(38, 48), "A", ["DA", "DV"]) for _ in range(POOL)]
    seven = [_list(rng, rng.integers(8, 12), "J", ["CM"]) for _ in range(POOL)]
    single = [_list(rng, rng.integers(3, 5), "T", ["PM"]) for _ in range(POOL)]
    pool = pl.Series(twelve + twelve + seven + single)
    return pool.gather(mous["array"] * POOL + mous["antennas"] % POOL)


def _list(rng, count, pad, antennas):
    pads, numbers = np.sort(rng.choice(140, count, replace=False)), rng.choice(70, count, replace=False)
    return " ".join(
        f"{pad}{1 + p:03d}:{antennas[n % len(antennas)]}{n:02d}" for p, n in zip(pads, numbers, strict=True)
    )


def _support(drawn, centre, kinds):
    """[low..high GHz, width, sensitivities, products] of each window, with U between."""
    gous, of = drawn.gous, drawn.mous["of"]
    count = gous["spws"][of]
    member = np.repeat(np.arange(len(of)), count)
    window = np.arange(len(member)) - np.repeat(np.cumsum(count) - count, count)
    width = np.array([row[0] for row in places.WINDOWS])[kinds[of[member], window]]
    channels = np.array([row[2] for row in places.WINDOWS])[kinds[of[member], window]]
    middle, depth = centre[of[member], window], drawn.mous["depth"][member]
    parts = pl.DataFrame(
        {"m": member, "low": middle - width / 2, "high": middle + width / 2, "k": width * 1e6 / channels,
         "line": depth * 1.4, "cont": depth * 64}
    )  # fmt: skip
    said = pl.format(
        "[{}..{}GHz,{}kHz,{}mJy/beam@10km/s,{}uJy/beam@native, XX YY]",
        pl.col("low").round(2), pl.col("high").round(2), pl.col("k").round(2), pl.col("line").round(1),
        pl.col("cont").round(1),
    )  # fmt: skip
    joined = parts.select("m", said=said).group_by("m", maintain_order=True).agg(pl.col("said").str.join(" U "))
    return joined["said"]


_TITLES = (
    "Resolving", "A census of", "The origin of", "Deep imaging of", "Chemistry in", "Kinematics of", "The structure of",
    "A survey of", "First detection in", "The dust and gas of", "Magnetic fields in", "Time variability of",
)  # fmt: skip
_ABSTRACTS = tuple(
    f"We propose to observe {what} at {scale} scales to tell {first} from {second}."
    for what in (
        "continuum and CO",
        "dense gas tracers",
        "the dust continuum",
        "[CII] and [OIII]",
        "molecular outflows",
    )
    for scale in ("kpc", "100 pc", "disk", "core")
    for first, second in (("inflow", "outflow"), ("rotation", "turbulence"), ("growth", "fragmentation"))
)
