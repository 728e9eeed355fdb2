"""A row of an answer: ALMA's ObsCore columns under their own names and in their own units, and ours beside them.

Ours: `released` (the data are public now), `readable` (this reader may have them), `mous` (the name of its page),
`spw`, `low_hz`, `high_hz`, `array`, `qa2` and `calibration` as words.  The brief row is for pages; the full one has
every column that the archive holds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache

from archive import access, access_in_rows, index_codes, repeated, uids
from archive.models import NEVER
from archive.search import columns_full, locks
from archive.search.reader import Reader

Row = dict[str, object]

LIGHT_M_PER_S = 299792458.0
BRIEF = {
    "id": "o.id",
    "proposal_id": "p.code",
    "obs_title": "p.title",
    "obs_creator_name": "p.pi_name",
    "scientific_category": "p.scientific_category",
    "science_keyword": "p.science_keywords",
    "group_ous_uid": "NULLIF(g.uid, m.uid)",  # a placeholder is no group
    "member_ous_uid": "m.uid",
    "schedblock_name": "m.sb_name",
    "asdm_uid": "b.uid",
    "target_name": "n.name",
    "s_ra": "o.ra_deg",
    "s_dec": "o.dec_deg",
    "s_fov": "o.fov_deg",
    "spatial_resolution": "o.resolution_arcsec",
    "spatial_scale_max": "o.largest_scale_arcsec",
    "t_min": "o.t_min_mjd",
    "t_max": "o.t_max_mjd",
    "t_exptime": "o.exposure_s",
    "frequency": "o.frequency_hz / 1e9::float8",
    "bandwidth": "o.bandwidth_hz",
    "em_res_power": "o.resolving_power",
    "spectral_resolution": "o.channel_width_hz / 1e3::float8",
    "velocity_resolution": "o.velocity_resolution_ms",
    "sensitivity_10kms": "o.sensitivity_10kms_mjy",
    "cont_sensitivity_bandwidth": "o.continuum_sensitivity_mjy",
    "pwv": "o.pwv_mm",
    "calib_level": "o.calib_level",
    "spw": "o.spw",
    "low_hz": "o.low_hz",
    "high_hz": "o.high_hz",
    "band_list": "o.bands",
    "pol_states": "o.polarisations",
    "is_mosaic": "o.mosaic",
    "science_observation": "o.science",
    "qa2_passed": "o.qa2_passed",
    "dataproduct_type": "o.product_type",
    "array": 'o."array"',
    "qa2": "o.qa2",
    "calibration": "o.calibration",
    "obs_release_date": "o.release_at",
    "released": access.INDEXED_RELEASED,
    # NULL where a right in the project may open what is locked to others
    "readable": f"""CASE WHEN {{open_to_all}} OR (o.mous_id IS NULL AND {access.INDEXED_RELEASED}) THEN true
        WHEN {{hers}} THEN NULL ELSE false END""",
}
FROM = """
FROM k JOIN archive_observation o ON o.id = k.key
LEFT JOIN archive_memberous m ON m.id = o.mous_id
JOIN archive_groupous g ON g.id = COALESCE(m.gous_id, o.gous_id)
JOIN archive_project p ON p.id = g.project_id
JOIN archive_targetname n ON n.id = o.name_id
LEFT JOIN archive_announcedblock b ON b.id = o.block_id
"""
FULL = BRIEF | columns_full.COLUMNS


def of(keys: Sequence[int], reader: Reader, *, full: bool = False) -> list[Row]:
    """The rows with these keys, in their order."""
    return (
        _finished(_asked(_KEYS, {"keys": repeated.listed(keys)}, reader, full=full), reader, full=full) if keys else []
    )


class Together:
    """Rows of a page that come with their keys, from one statement: each is a turn to the database."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._found: dict[object, tuple] = {}

    def keys(self, sql: str, values: dict[str, object]) -> list[tuple]:
        """What `sql` finds, keys each followed by its values of the order; the rows are put by."""
        found = _asked(_FOUND.format(sql), values, self._reader)
        self._found |= {each[0]: each for each in found}
        return [each[len(BRIEF) : -1] for each in found]

    def of(self, keys: Sequence[int]) -> list[Row]:
        """As `of` above."""
        if not all(key in self._found for key in keys):
            return of(keys, self._reader)
        return _finished([self._found[key] for key in keys], self._reader)


_KEYS = "SELECT a.key, a.place FROM unnest(%(keys)s::bigint[]) WITH ORDINALITY a (key, place)"
_FOUND = "SELECT f.*, row_number() OVER () AS place FROM ({}) f"  # numbered as they come, which is in their order


def _asked(keys: str, values: dict[str, object], reader: Reader, *, full: bool = False) -> list[tuple]:
    """The columns of each row, and behind them those of the statement `keys`."""
    wanted, joined = (FULL, FROM + columns_full.JOINS) if full else (BRIEF, FROM)
    rights, keys, hers = access_in_rows.shared(reader.user, reader.now, keys)
    open_to_all, fixed = locks.open_to_all()
    columns = ", ".join(wanted.values()).format(open_to_all=open_to_all, hers=hers)
    sql = f"WITH {rights} k AS MATERIALIZED ({keys}) SELECT {columns}, k.* {joined} ORDER BY k.place"
    return repeated.rows(sql, reader.values | fixed | values, binary=not full)


def _finished(found: Iterable[tuple], reader: Reader, *, full: bool = False) -> list[Row]:
    names = tuple(FULL if full else BRIEF)
    rows = [dict(zip(names, each, strict=False)) for each in found]
    _unlock([row for row in rows if row["readable"] is None], reader)
    for row in rows:
        _finish(row)
        if full:
            columns_full.finish(row)
    return rows


def _unlock(locked: list[Row], reader: Reader) -> None:
    """Those that are hers to have; rows of a group have no MOUS."""
    of_mous, of_groups = ([row for row in locked if bool(row["member_ous_uid"]) is mous] for mous in (True, False))
    if of_mous:
        readable = locks.readable({row["member_ous_uid"] for row in of_mous}, reader)
        for row in of_mous:
            row["readable"] = row["member_ous_uid"] in readable
    if of_groups:
        asked = {"keys": repeated.listed(row["id"] for row in of_groups)}
        hers = {key for (key,) in repeated.rows(_HERS.format(reader.granted), reader.values | asked)}
        for row in of_groups:
            row["readable"] = row["id"] in hers


# What a row of the archive's columns has besides those that are asked for
RECKONED = ("s_resolution", "em_min", "em_max", "data_rights", "obs_publisher_did")
_HERS = "SELECT o.id FROM archive_observation o WHERE o.id = ANY(%(keys)s::bigint[]) AND {}"


def _finish(row: Row) -> None:
    """Codes become words, in place; those that many rows share are kept, for this is most of the time of a page.  What
    follows from other columns is not asked for, as each is sent and read for each row."""
    row["s_resolution"] = row["spatial_resolution"]
    row["em_min"], row["em_max"] = _wavelength(row["high_hz"]), _wavelength(row["low_hz"])
    row["band_list"] = _bands(row["band_list"])
    row["pol_states"] = _polarisations(row["pol_states"])
    for name in ("is_mosaic", "science_observation", "qa2_passed"):
        row[name] = FLAGS[row[name]]
    row["dataproduct_type"] = index_codes.PRODUCT_TYPES[row["dataproduct_type"]] or None
    row["array"] = ARRAY_WORDS.get(row["array"], "")
    row["qa2"] = index_codes.QA2[row["qa2"]]
    row["calibration"] = index_codes.CALIBRATIONS[row["calibration"]]
    row["obs_release_date"] = _stamp(row["obs_release_date"])
    row["mous"] = row["member_ous_uid"] and _page_name(row["member_ous_uid"])
    row["data_rights"] = "Public" if row["released"] else "Proprietary"
    row["obs_publisher_did"] = f"ADS/JAO.ALMA#{row['proposal_id']}"


def _wavelength(hz: float | None) -> float | None:
    return None if hz is None else LIGHT_M_PER_S / hz


FLAGS = {True: "T", False: "F", None: None}
ARRAY_WORDS = {number: word for word, number in index_codes.ARRAYS.items()}
ALMAS_NEVER = "3000-01-01T00:00:00.000"
_page_name = lru_cache(maxsize=10_000)(uids.file_form)


@cache
def _bands(mask: int) -> str:
    return " ".join(map(str, index_codes.bands(mask)))


@cache
def _polarisations(mask: int) -> str | None:
    return f"/{'/'.join(index_codes.words(mask, index_codes.POLARISATIONS))}/" if mask else None


@lru_cache(maxsize=10_000)
def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}" if at < NEVER else ALMAS_NEVER
