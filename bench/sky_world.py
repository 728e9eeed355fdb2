"""A drawn archive with ALMA's clustering: rows of ObsCore in ALMA's columns, for the benchmarks of the index.

A third of the projects look at popular fields, a sixth at famous targets, a fifth at the galactic plane, the rest all
over the sky south of declination +47; a member ObsUnitSet has one source in every second case and up to 89, each about
four spectral windows, and often its calibrators; groups have 12 m, 7 m and total power siblings.  About 85 % of the
rows are public.  Texts are as long as ALMA's (antenna lists of some 450 characters, frequency support of 300, regions
up to 60 vertices) but for abstracts, which have a hundred characters, and for publications, which are left out.

Everything follows from the seed: part n is drawn from (seed, n) alone, so that parts may be made side by side.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from bench import sky_places as places
from bench import sky_projects, sky_sources, sky_texts
from bench.sky_projects import CIRCLE, ROWS_PER_PROJECT, counted, words
from bench.sky_sources import LIGHT

SEED = 20_110_930  # the day on which ALMA began to observe for others
PART = 1_000_000
RESOLUTION_ARCSEC = np.array([0.25, 0.9, 5.5, 27.0])  # of each array at 230 GHz
ABSENT = (
    "collections", "s_xel1", "s_xel2", "em_xel", "t_xel", "pol_xel", "pub_title", "first_author", "authors",
    "pub_abstract", "publication_year", "bib_reference", "access_estsize",
)  # fmt: skip


def tables(rows: int, seed: int = SEED, part: int = PART) -> Iterator[pl.DataFrame]:
    """Frames of `part` rows, together `rows` of them."""
    for number, begin in enumerate(range(0, rows, part)):
        yield table(min(part, rows - begin), seed, number, part)


def write_parquet(place: Path, rows: int, seed: int = SEED, part: int = PART) -> list[Path]:
    return _write(place, "parquet", tables(rows, seed, part), lambda frame, path: frame.write_parquet(path))


def write_csv(place: Path, rows: int, seed: int = SEED, part: int = PART) -> list[Path]:
    return _write(place, "csv", tables(rows, seed, part), lambda frame, path: frame.write_csv(path))


def _write(place: Path, ending: str, frames: Iterator[pl.DataFrame], write: Callable) -> list[Path]:
    paths = []
    for number, frame in enumerate(frames):
        paths.append(place / f"obscore-{number:03d}.{ending}")
        write(frame, paths[-1])
    return paths


def revised(frame: pl.DataFrame, share: float = 0.01, seed: int = SEED) -> pl.DataFrame:
    """The same rows, with other facts in about a share of them: whole MOUSs have been reduced once more."""
    chosen = pl.col("member_ous_uid").hash(seed) % 100_000 < share * 100_000
    return frame.with_columns(
        cont_sensitivity_bandwidth=pl.when(chosen).then(pl.col("cont_sensitivity_bandwidth") * 0.9)
        .otherwise("cont_sensitivity_bandwidth"),
        lastModified=pl.when(chosen).then(pl.lit("2026-06-02T03:04:05.678")).otherwise("lastModified"),
    )  # fmt: skip


def table(rows: int, seed: int, number: int, part: int = PART) -> pl.DataFrame:
    rng = np.random.default_rng([seed, number])
    drawn = sky_projects.draw(rng, rows, number * (part // ROWS_PER_PROJECT + 100))
    centre, kinds = sky_sources.frequencies(rng, drawn.gous, drawn.project)
    looks = _looks(rng, drawn)
    _footprints(rng, drawn, looks, centre)
    of_look, window = counted(drawn.gous["spws"][drawn.mous["of"][looks["mous"]]])
    of_look, window = of_look[:rows], window[:rows]
    if len(of_look) < rows:
        raise AssertionError(f"part {number} was drawn too small: {len(of_look)} of {rows} rows")
    return _assembled(rng, drawn, looks, of_rows=(of_look, window), tuned=(centre, kinds))


def _looks(rng, drawn) -> dict:
    """Each MOUS at each of its sources: science sources, then calibrators; and once more for a group's products."""
    gous, mous, project = drawn.gous, drawn.mous, drawn.project
    science = sky_sources.sources(rng, gous, project)
    begin = np.cumsum(gous["sources"]) - gous["sources"]
    of, ordinal = counted(gous["sources"][mous["of"]])
    source = begin[mous["of"]][of] + ordinal
    other = (rng.random(len(mous["of"])) < 0.08)[of]
    names = pl.select(pl.when(pl.Series(other)).then(science["other"].gather(source))
                      .otherwise(science["name"].gather(source))).to_series()  # fmt: skip
    first = begin[mous["of"]]
    ra, dec = (np.nan_to_num(science[axis][first]) for axis in ("ra", "dec"))
    cal = sky_sources.calibrators(rng, mous, ra, dec)
    again = np.flatnonzero(gous["combined"][mous["of"][of]] & (mous["ordinal"][of] == 0))
    looks = {
        "mous": np.concatenate([of, cal["of"], of[again]]),
        "ra": np.concatenate([science["ra"][source], cal["ra"], science["ra"][source[again]]]),
        "dec": np.concatenate([science["dec"][source], cal["dec"], science["dec"][source[again]]]),
        "intent": np.concatenate([np.zeros(len(of), int), cal["intent"], np.zeros(len(again), int)]),
        "level": np.concatenate([np.full(len(of) + len(cal["of"]), 2), np.full(len(again), 3)]),
    }
    order = np.lexsort((looks["level"], looks["mous"]))
    names = pl.concat([names, cal["name"], names.gather(again)]).gather(order)
    return {key: values[order] for key, values in looks.items()} | {"name": names}


def _footprints(rng, drawn, looks, centre) -> None:
    of = drawn.mous["of"][looks["mous"]]
    beam = sky_sources.fields_of_view(centre[of, 0], drawn.mous["array"][looks["mous"]])
    shape = np.where(looks["intent"] == 0, drawn.gous["shape"][of], CIRCLE)
    size = np.where(shape == CIRCLE, beam / 2, drawn.gous["extent"][of] + beam / 2)
    text = sky_sources.regions(
        rng, looks["ra"], looks["dec"], shape=shape, size=size, vertices=drawn.gous["vertices"][of]
    )
    looks |= {"shape": shape, "fov": np.where(np.isnan(looks["ra"]), np.nan, 2 * size), "region": text}


def _assembled(rng, drawn, looks, *, of_rows, tuned) -> pl.DataFrame:
    look, window = of_rows
    mous = looks["mous"][look]
    of_project = drawn.gous["of"][drawn.mous["of"][mous]]
    named = sky_texts.members(drawn, *tuned)[mous]
    about = sky_texts.projects(drawn.project)[of_project]
    frame = pl.concat([about, named, _measured(rng, drawn, looks, of_rows=of_rows, tuned=tuned)], how="horizontal")
    of_group = pl.col("calib_level") == 3
    frame = frame.with_columns(
        member_ous_uid=pl.when(of_group).then(None).otherwise("member_ous_uid"),
        asdm_uid=pl.when(of_group).then(None).otherwise("asdm_uid"),
        obs_id=pl.format("{}.source.{}.spw.{}", pl.when(of_group).then("group_ous_uid").otherwise("member_ous_uid"),
                         pl.col("target_name").str.replace_all(" ", "_"), 17 + 2 * pl.Series(window)),
        access_url=pl.format("https://almascience.org/datalink/sync?ID={}", pl.col("member_ous_uid").fill_null("")),
    ).with_columns(pl.lit(value).alias(name) for name, value in _ALWAYS.items())  # fmt: skip
    return frame.with_columns(pl.lit(None).alias(name) for name in ABSENT)


_ALWAYS = {
    "obs_collection": "ALMA", "facility_name": "JAO", "instrument_name": "ALMA", "o_ucd":
    "phot.flux.density;phys.polarization", "access_format": "application/x-votable+xml;content=datalink",
}  # fmt: skip


def _measured(rng, drawn, looks, *, of_rows, tuned) -> pl.DataFrame:
    """What is a number, or nearly, of each row."""
    (look, window), (centre, kinds) = of_rows, tuned
    mous = looks["mous"][look]
    of, array = drawn.mous["of"][mous], drawn.mous["array"][mous]
    middle, kind = centre[of, window], kinds[of, window]
    width = np.array([row[0] for row in places.WINDOWS])[kind]
    step = width * 1e9 / np.array([row[2] for row in places.WINDOWS])[kind]
    ra, dec = looks["ra"][look], looks["dec"][look]
    longitude, latitude = (values[look] for values in sky_projects.galactic(looks["ra"], looks["dec"]))
    resolution = RESOLUTION_ARCSEC[array] * drawn.mous["resolution"][mous] * 230 / centre[of, 0]
    depth = drawn.mous["depth"][mous] * (centre[of, 0] / 230) * np.array([1.0, 1.0, 6.0, 40.0])[array]
    exposure, begin = drawn.mous["exposure"][mous], drawn.mous["observed"][mous]
    science = looks["intent"][look] == 0
    numbers = {
        "s_ra": ra, "s_dec": dec, "s_fov": looks["fov"][look], "gal_longitude": longitude, "gal_latitude": latitude,
        "s_resolution": resolution, "spatial_resolution": resolution, "spatial_scale_max": resolution * 11,
        "t_min": begin, "t_max": begin + exposure / 86_400 * 1.3, "t_exptime": exposure, "t_resolution": exposure,
        "em_min": LIGHT / ((middle + width / 2) * 1e9), "em_max": LIGHT / ((middle - width / 2) * 1e9),
        "em_res_power": middle * 1e9 / step, "em_resolution": LIGHT / (middle * 1e9) ** 2 * step,
        "bandwidth": width * 1e9, "frequency": middle, "spectral_resolution": step / 1e3,
        "velocity_resolution": step / (middle * 1e9) * LIGHT,
        "sensitivity_10kms": depth * 1.4 * rng.uniform(0.9, 1.1, len(look)),
        "cont_sensitivity_bandwidth": depth * 0.03, "pwv": drawn.mous["pwv"][mous],
    }  # fmt: skip
    bands = [str(band) for band in places.BANDS]
    return pl.DataFrame(
        {name: pl.Series(values).fill_nan(None) for name, values in numbers.items()}
        | {
            "target_name": looks["name"].gather(look),
            "s_region": looks["region"].gather(look),
            "band_list": words(bands, drawn.gous["band"][of]),
            "is_mosaic": words("FT", looks["shape"][look] != CIRCLE),
            "dataproduct_type": words(("cube", "image"), width == 2.0),
            "calib_level": looks["level"][look],
            "scan_intent": words(sky_sources.INTENTS, looks["intent"][look]),
            "science_observation": words("FT", science),
        }
    )
