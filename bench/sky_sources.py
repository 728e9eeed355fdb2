"""What the drawn member ObsUnitSets look at: positions, names as people spell them, frequencies and regions."""

import numpy as np
import polars as pl

from bench import sky_places as places
from bench.sky_projects import CIRCLE, FIELD, HOLED, PLANE, POLYGON, TARGET, UNION, counted, galactic, moved, words

LIGHT = 299_792_458.0
INTENTS = ("TARGET", "BANDPASS AMPLITUDE", "PHASE", "CHECK", "POLARIZATION")
MOST_WINDOWS = 8
FOV_DISH_M = np.array([12.0, 12.0, 7.0, 12.0])


def frequencies(rng, gous, project):
    """Centres in GHz and kinds of window, one row a group and a column for each of its windows."""
    bands = list(places.BANDS.values())
    low, high = (np.array([band[at] for band in bands])[gous["band"], None] for at in (1, 2))
    longest = max(len(band[3]) for band in bands)
    lines = np.array([np.resize(band[3], longest) for band in bands])
    rest = lines[gous["band"], (gous["line"] * longest).astype(int)][:, None]
    first = rest / (1 + np.abs(project["redshift"][gous["of"]])[:, None]) * (1 + gous["shift"][:, None] / 50)
    first = low + (first - low) % (high - low)  # who is redshifted out of the band looks at another line
    other_sideband = np.where(first > (low + high) / 2, -1, 1)
    offsets = np.array([0, 1.9, 13.0, 15.0, 0.6, 12.2, 1.2, 14.1]) * other_sideband
    centre = np.clip(first + offsets + rng.normal(0, 0.02, (len(first), MOST_WINDOWS)), low + 1, high - 1)
    kinds = rng.choice(len(places.WINDOWS), centre.shape, p=[share for _, share, _ in places.WINDOWS])
    return centre, kinds


def sources(rng, gous, project):
    """Science sources of each group, with their two spellings."""
    of, ordinal = counted(gous["sources"])
    of_project, count = gous["of"][of], len(of)
    kind = project["kind"][of_project]
    exact = (kind == TARGET) & (ordinal == 0)
    distance = np.abs(rng.normal(0, 1, count)) * project["spread"][of_project]
    distance = np.where(exact, np.abs(rng.normal(0, 0.2 / 3600, count)), distance)
    ra, dec = moved(project["ra"][of_project], project["dec"][of_project], distance, rng.uniform(0, 2 * np.pi, count))
    frame = _named(rng, of, ordinal, (gous, project), ra=ra, dec=dec)
    known = rng.random(count) > 0.003
    return {"of": of, "ra": np.where(known, ra, np.nan), "dec": np.where(known, dec, np.nan)} | frame


def _named(rng, of, ordinal, drawn, *, ra, dec):
    gous, project = drawn
    of_project = gous["of"][of]
    longitude, latitude = galactic(ra, dec)
    number = rng.integers(1, 40_000, len(of))
    frame = designated(ra, dec).with_columns(
        ordinal=pl.Series(ordinal),
        number=pl.Series(number),
        kind=pl.Series(project["kind"][of_project]),
        style=pl.Series(project["style"][of_project]),
        field=words([row[0] for row in places.FIELDS], project["field"][of_project]),
        target=words([row[0] for row in places.TARGETS], project["target"][of_project]),
        lon=padded(longitude, 3, 3),
        lat=_signed(latitude, 2, 3),
    )
    style, first = pl.col("style"), pl.col("ordinal") == 0
    name = (
        pl.when(pl.col("kind") == TARGET)
        .then(pl.when(first).then("target").otherwise(pl.format("{} {}", "target", "ordinal")))
        .when(pl.col("kind") == FIELD)
        .then(
            pl.when(first & (pl.col("number") < 6000)).then("field")
            .when(style == 0).then(pl.format("{}_{}", "field", "number"))
            .when(style == 1).then(pl.format("{} {}", "field", "number"))
            .when(style == 2).then(pl.format("J{}", "long")).otherwise(pl.format("{}-{}", "field", "number"))
        )
        .when(pl.col("kind") == PLANE)
        .then(
            pl.when(style < 2).then(pl.format("G{}{}", "lon", "lat"))
            .when(style == 2).then(pl.format("AGAL{}{}", "lon", "lat")).otherwise(pl.format("IRAS {}", "middle"))
        )
        .when(style == 0).then(pl.format("SDSS J{}", "long"))
        .when(style == 1).then(pl.format("NGC {}", pl.col("number") % 7840 + 1))
        .when(style == 2).then(pl.format("HD {}", pl.col("number") + 100_000))
        .otherwise(pl.format("J{}", "short"))
    )  # fmt: skip
    spelling = pl.Series(project["spelling"][of_project])
    named = frame.select("ordinal", name=name, of=pl.Series(of), a=spelling, b=(spelling + 1) % 4)
    twice = pl.struct("of", "name").is_duplicated()
    named = named.with_columns(name=pl.when(twice).then(pl.format("{} {}", "name", "ordinal")).otherwise("name"))
    return {"name": named.select(spelt("a")).to_series(), "other": named.select(spelt("b")).to_series()}


def spelt(column):
    """0 as in the table, 1 without spaces, 2 as in a file name, 3 in small letters."""
    name, how = pl.col("name"), pl.col(column)
    filed = name.str.replace_all(" ", "_").str.replace(r"(\d{4})\+(\d{4})", "${1}p${2}")
    return (
        pl.when(how == 1).then(name.str.replace_all(" ", "")).when(how == 2).then(filed)
        .when(how == 3).then(name.str.to_lowercase()).otherwise(name)
    )  # fmt: skip


def designated(ra, dec):
    """Coordinates as names have them: `short` hhmm+ddmm, `middle` hhmmm+ddmm, `long` hhmmss.ss+ddmmss.s."""
    minutes, arcmin = ra * 4, np.abs(dec) * 60
    sign = words("+-", dec < 0)
    hours, degrees = padded(minutes // 60, 2), padded(arcmin // 60, 2)
    frame = pl.DataFrame({
        "h": hours, "m": padded(minutes % 60 // 1, 2), "t": padded(minutes * 10 % 10 // 1, 1),
        "s": padded(minutes * 60 % 60 // 0.01 / 100, 2, 2), "sign": sign, "d": degrees,
        "am": padded(arcmin % 60 // 1, 2), "as": padded(arcmin * 60 % 60 // 0.1 / 10, 2, 1),
    })  # fmt: skip
    return frame.select(
        short=pl.format("{}{}{}{}{}", "h", "m", "sign", "d", "am"),
        middle=pl.format("{}{}{}{}{}{}", "h", "m", "t", "sign", "d", "am"),
        long=pl.format("{}{}{}{}{}{}{}", "h", "m", "s", "sign", "d", "am", "as"),
    )


def padded(values, before, after=0):
    """Texts with leading zeros and a fixed number of decimals."""
    scaled = pl.Series(np.floor(np.asarray(values) * 10**after + 1e-6).astype(np.int64))
    if not after:
        return scaled.cast(pl.String).str.zfill(before)
    digits = scaled.cast(pl.String).str.zfill(before + after)
    return digits.str.head(before) + "." + digits.str.tail(after)


def _signed(values, before, after):
    return words("+-", values < 0) + padded(np.abs(values), before, after)


def calibrators(rng, mous, centre_ra, centre_dec):
    """Bandpass calibrators are few for the whole sky; each part of it has its own phase and check sources."""
    of, ordinal = counted(mous["calibrators"])
    bright = np.array(places.CALIBRATORS)[rng.integers(0, len(places.CALIBRATORS), len(of))]
    near_ra = (np.round(centre_ra[of] / 3) * 3 + 0.2171 + ordinal) % 360
    near_dec = np.clip(np.round(centre_dec[of] / 3) * 3 + 0.3713, -89.4, 47)
    ra, dec = np.where(ordinal == 0, bright[:, 0], near_ra), np.where(ordinal == 0, bright[:, 1], near_dec)
    name = "J" + designated(ra, dec)["short"]
    return {"of": of, "ra": ra, "dec": dec, "name": name, "intent": ordinal + 1}


def regions(rng, ra, dec, *, shape, size, vertices):
    """STC-S of each, and null where there is no position.  `size` is the radius of what is covered, degrees."""
    text = np.full(len(ra), None, object)
    circle = shape == CIRCLE
    flat = pl.DataFrame({"ra": ra[circle], "dec": dec[circle], "r": size[circle]}).select(
        pl.format("Circle ICRS {} {} {}", pl.col("ra").round(6), pl.col("dec").round(6), pl.col("r").round(6))
    )
    text[circle] = flat.to_series().to_numpy()
    for count in np.unique(vertices):
        for what in (POLYGON, UNION, HOLED):
            which = np.flatnonzero((shape == what) & (vertices == count))
            if len(which):
                text[which] = _polygonal(rng, what, (ra[which], dec[which]), size=size[which], count=int(count))
    return pl.Series(np.where(np.isnan(ra), None, text).tolist(), dtype=pl.String)


def _polygonal(rng, what, at, *, size, count):
    if what == POLYGON:
        return ("Polygon ICRS " + _outline(rng, at, size, count)).to_numpy()
    if what == HOLED:
        whole, hole = _outline(rng, at, size, count), _outline(rng, at, size * 0.3, 4)
        return ("Polygon ICRS " + whole + " Not (Polygon " + hole + ")").to_numpy()
    parts = [moved(*at, size * 0.8, np.full(len(size), angle)) for angle in (0.3, 2.4, 4.5)]
    one, two, three = (_outline(rng, part, size * 0.35, count) for part in parts)
    return ("Union ICRS ( Polygon " + one + " Polygon " + two + " Polygon " + three + ")").to_numpy()


def _outline(rng, at, size, count):
    """Vertices around a place, in order of their angle; nearest ones not nearer than 3/4 of the farthest."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 1, (len(size), 1))
    distance = size[:, None] * rng.uniform(0.75, 1.0, angle.shape)
    corners = np.stack(moved(at[0][:, None], at[1][:, None], distance, -angle), axis=-1)
    flat = pl.Series(np.nan_to_num(corners).reshape(-1)).round(6).cast(pl.String)
    return flat.reshape((len(size), 2 * count)).arr.join(" ")


def fields_of_view(frequency_ghz, array):
    """Degrees: the primary beam as ALMA gives it."""
    return np.degrees(1.13 * LIGHT / (frequency_ghz * 1e9) / FOV_DISH_M[array])
