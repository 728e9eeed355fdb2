"""Projects, group and member ObsUnitSets of the drawn archive, one numpy array for each of their facts."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from bench import sky_places as places

NOW_MJD = 61192.0  # 2026-06-01: data rights are as of that day
UNDELIVERED = np.datetime64("3000-01-01T00:00:00")
MJD_ZERO = np.datetime64("1858-11-17T00:00:00")
ROWS_PER_PROJECT = 110  # fewer than there are on average: so many code numbers a part may use
PEOPLE = len(places.SURNAMES) * len(places.FORENAMES)
# 0 and 1 are extended and compact 12 m configurations, 2 the 7 m array, 3 total power
SIBLINGS = ((0,), (0, 1), (0, 2), (0, 1, 2), (0, 2, 3), (2,), (2, 3), (0, 1, 2, 3))
SIBLING_SHARES = (0.50, 0.14, 0.14, 0.06, 0.07, 0.05, 0.02, 0.02)
TO_GALACTIC = np.array([[-0.0548755604, -0.8734370902, -0.4838350155], [0.4941094279, -0.4448296300, 0.7469822445],
                        [-0.8676661490, -0.1980763734, 0.4559837762]])  # fmt: skip
FIELD, TARGET, PLANE, ELSEWHERE = range(4)
CIRCLE, POLYGON, UNION, HOLED = range(4)


@dataclass
class Drawn:
    """Facts by level.  `of` tells the place of the parent in the level above."""

    project: dict
    gous: dict
    mous: dict


def draw(rng, rows, first) -> Drawn:
    """Projects enough for so many rows; `first` is the number of projects that came before."""
    project = _projects(rng, rows // ROWS_PER_PROJECT + 100, first)
    gous = _groups(rng, project)
    mous = _members(rng, gous, project)
    return Drawn(project, gous, mous)


def shares(weights):
    weights = np.asarray(weights, float)
    return weights / weights.sum()


def words(options, which):
    """One of the words for each number, or truth."""
    return pl.Series(list(options)).gather(np.asarray(which, np.uint32))


def counted(counts):
    """For children: the place of the parent, and which of its children each is."""
    of = np.repeat(np.arange(len(counts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)


def _projects(rng, number, first):
    place = np.arange(first, first + number)
    if place[-1] >= 100_000:
        raise ValueError(f"{number + first} projects do not fit into five digits of a code; ask for fewer rows.")
    year = rng.choice(len(places.YEARS), number, p=shares([share for _, share, _ in places.YEARS]))
    kind = rng.choice(4, number, p=[0.33, 0.17, 0.22, 0.28])
    field = rng.choice(len(places.FIELDS), number, p=shares([weight for *_, weight in places.FIELDS]))
    target = np.minimum(rng.geometric(0.05, number) - 1, len(places.TARGETS) - 1)
    return {
        "place": place,
        "number": place * 7919 % 100_000,  # 7919 shares no factor with 100 000
        "year": year,
        "call": rng.choice(4, number, p=[0.90, 0.05, 0.04, 0.01]),
        "type": rng.choice(5, number, p=[0.945, 0.02, 0.015, 0.015, 0.005]),
        "pi": np.minimum(PEOPLE * rng.power(0.75, number), PEOPLE - 1).astype(int),
        "category": rng.choice(len(places.CATEGORIES), number, p=shares([c[0] for c in places.CATEGORIES.values()])),
        "keywords": rng.random((number, 2)),
        "kind": kind,
        "field": field,
        "target": target,
        "spelling": rng.choice(4, number, p=[0.5, 0.2, 0.2, 0.1]),
        "style": rng.integers(0, 4, number),
        "redshift": np.where(
            (kind == FIELD) & (field < 6), rng.exponential(1.5, number), rng.exponential(0.003, number)
        ),
    } | _centres(rng, number, kind=kind, field=field, target=target)


def _centres(rng, number, *, kind, field, target):
    """The plane is dense towards the centre of the Galaxy; the rest is all of the sky that ALMA sees."""
    fields, targets = np.array([row[1:4] for row in places.FIELDS]), np.array([row[1:] for row in places.TARGETS])
    longitude, latitude = rng.normal(0, 35, number) % 360, rng.laplace(0, 0.6, number)
    plane = equatorial(longitude, latitude)
    top = np.sin(np.radians(47))
    anywhere = rng.uniform(0, 360, number), np.degrees(np.arcsin(rng.uniform(-1, top, number)))
    options = ((fields[field, 0], fields[field, 1]), (targets[target, 0], targets[target, 1]), plane, anywhere)
    ra, dec = (np.choose(kind, [option[axis] for option in options]) for axis in (0, 1))
    high = (kind == PLANE) & (dec > 47)  # the part of the plane that ALMA cannot see
    spread = np.choose(kind, (fields[field, 2], np.full(number, 0.003), np.full(number, 0.5), np.full(number, 0.02)))
    wide = (kind == ELSEWHERE) & (rng.random(number) < 0.15)  # surveys all over the sky
    return {"ra": ra, "dec": np.where(high, -dec, dec), "spread": np.where(wide, 8.0, spread)}


def equatorial(longitude, latitude):
    """ICRS degrees of galactic coordinates."""
    x, y, z = TO_GALACTIC.T @ np.stack(unit(longitude, latitude))
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(np.clip(z, -1, 1)))


def galactic(ra, dec):
    x, y, z = TO_GALACTIC @ np.stack(unit(ra, dec))
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(np.clip(z, -1, 1)))


def unit(longitude, latitude):
    longitude, latitude = np.radians(longitude), np.radians(latitude)
    return np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)


def moved(ra, dec, distance, direction):
    """Degrees; on the sphere, so that it holds at the poles as elsewhere.  Distance in degrees, direction in rad."""
    dec, distance = np.radians(dec), np.radians(distance)
    sine = np.sin(dec) * np.cos(distance) + np.cos(dec) * np.sin(distance) * np.cos(direction)
    east = np.sin(direction) * np.sin(distance) * np.cos(dec)
    return (ra + np.degrees(np.arctan2(east, np.cos(distance) - np.sin(dec) * sine))) % 360, np.degrees(np.arcsin(sine))


def _groups(rng, project):
    number = len(project["place"])
    large = rng.random(number) < 0.02
    of, ordinal = counted(np.where(large, rng.integers(20, 60, number), np.minimum(rng.geometric(0.34, number), 14)))
    count = len(of)
    band = rng.choice(len(places.BANDS), count, p=shares([band[0] for band in places.BANDS.values()]))
    many = rng.random(count)
    sources = np.where(many < 0.5, 1, np.clip(rng.lognormal(1.5, 1.0, count), 1, 89).astype(int))
    shape = rng.choice(4, count, p=[0.775, 0.16, 0.055, 0.01])
    alike = rng.random(count) < 0.6  # with the band of the project's first group
    first = np.cumsum(np.bincount(of, minlength=number)) - np.bincount(of, minlength=number)
    band = np.where(alike, band[first[of]], band)
    return {
        "of": of,
        "ordinal": ordinal,
        "band": band,
        "line": rng.random(count),
        "shift": rng.normal(0, 0.01, count),
        "sources": sources,
        "spws": rng.choice([1, 2, 3, 4, 5, 6, 8], count, p=[0.05, 0.08, 0.05, 0.72, 0.03, 0.03, 0.04]),
        "siblings": rng.choice(len(SIBLINGS), count, p=SIBLING_SHARES),
        "shape": shape,
        "extent": np.clip(rng.lognormal(np.log(40 / 3600), 0.9, count), 10 / 3600, 0.5),
        "vertices": rng.choice([4, 8, 12, 20, 24, 32, 60], count, p=[0.1, 0.15, 0.2, 0.2, 0.15, 0.15, 0.05]),
        "observed": np.array([row[2] for row in places.YEARS])[project["year"][of]] + rng.uniform(-170, 170, count),
        "combined": rng.random(count) < 0.04,  # a product of the whole group is delivered
    }


def _members(rng, gous, project):
    lengths = np.array([len(arrays) for arrays in SIBLINGS])[gous["siblings"]]
    of, ordinal = counted(lengths)
    count = len(of)
    padded = np.array([arrays + (0,) * (4 - len(arrays)) for arrays in SIBLINGS])
    observed = gous["observed"][of] + rng.exponential(60, count)
    delivered = (rng.random(count) < 0.92) & (observed < NOW_MJD)
    proprietary = np.where(project["call"][gous["of"][of]] == 2, 183.0, 365.0)
    release = MJD_ZERO + ((observed + rng.exponential(45, count) + 15 + proprietary) * 86_400).astype("timedelta64[s]")
    return {
        "of": of,
        "ordinal": ordinal,
        "array": padded[gous["siblings"][of], ordinal],
        "observed": np.minimum(observed, NOW_MJD),
        "release": np.where(delivered, release, UNDELIVERED),
        "qa2": np.where(delivered, rng.random(count) < 0.96, 2),  # F, T, nothing yet
        "exposure": np.clip(rng.lognormal(6.5, 1.2, count), 30, 40_000),
        "resolution": rng.lognormal(0, 0.6, count),
        "depth": rng.lognormal(0, 1.0, count),
        "pwv": np.clip(rng.lognormal(0.1, 0.6, count), 0.15, 6),
        "antennas": rng.integers(0, 1 << 30, count),
        "calibrators": np.where(rng.random(count) < 0.5, rng.integers(1, 5, count), 0),
        "modified": NOW_MJD - rng.exponential(500, count),
        "polarisations": rng.choice(3, count, p=[0.90, 0.04, 0.06]),
    }
