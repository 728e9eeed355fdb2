"""What `bench/brute_force.py` looks at: the rows of the tables as arrays, and rights of people as sets of keys."""

import io
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.db import connection

# Keys that are null become 0; releases come from the MOUS, where there is one, and what is recalled has none
_ROWS = """
SELECT o.id, o.project_id, coalesce(o.mous_id, 0), o.name_id, coalesce(o.footprint_id, 0), o.ra_deg, o.dec_deg,
       degrees(o.bound_rad), o.low_hz, o.high_hz, o.resolution_arcsec, o.t_min_mjd, o.bands, o.intents, o.array, o.qa2,
       (extract(epoch FROM CASE WHEN m.recalled_at IS NOT NULL THEN timestamptz '3000-01-01T00:00:00Z'
                                ELSE coalesce(m.release_at, o.release_at) END) * 1000000)::bigint,
       (m.recalled_at IS NOT NULL)::int
FROM archive_observation o LEFT JOIN archive_memberous m ON m.id = o.mous_id
"""
_NAMES = {
    "id": pl.Int64, "project": pl.Int32, "mous": pl.Int32, "name": pl.Int32, "footprint": pl.Int32, "ra": pl.Float64,
    "dec": pl.Float64, "bound": pl.Float64, "low": pl.Float64, "high": pl.Float64, "resolution": pl.Float64,
    "t_min": pl.Float64, "bands": pl.Int16, "intents": pl.Int32, "array": pl.Int8, "qa2": pl.Int8, "release": pl.Int64,
    "recalled": pl.Int8,
}  # fmt: skip


@dataclass
class Tables:
    """`rows` in the order of declination, those without position last; the other arrays by key."""

    rows: dict
    projects: pl.DataFrame
    codes: np.ndarray
    code_rank: np.ndarray
    confidential: np.ndarray
    names: list
    mous_of: dict
    mous_keys: int
    widest_deg: float


def read() -> Tables:
    frame = _copied(_ROWS, _NAMES).sort("dec", nulls_last=True)
    rows = {name: frame[name].to_numpy() for name in _NAMES}
    rows["release"] = rows["release"].astype("datetime64[us]")
    for name in ("ra", "dec", "bound"):
        rows[name] = np.nan_to_num(rows[name], nan=np.inf if name == "dec" else np.nan)
    projects = _by_key(
        "SELECT id, code, pi_name, science_keywords, confidential FROM archive_project",
        {"id": pl.Int64, "code": pl.String, "pi": pl.String, "keywords": pl.String, "confidential": pl.String},
    )
    codes = np.array(projects["code"].fill_null("").to_list())
    mous = dict(_fetched("SELECT uid, id FROM archive_memberous"))
    names = _by_key("SELECT id, name FROM archive_targetname", {"id": pl.Int64, "name": pl.String})
    return Tables(
        rows=rows,
        projects=projects,
        codes=codes,
        code_rank=np.argsort(np.argsort(codes)),
        confidential=(projects["confidential"] == "t").fill_null(value=False).to_numpy(),
        names=names["name"].fill_null("").to_list(),
        mous_of=mous,
        mous_keys=max(mous.values(), default=0) + 1,
        widest_deg=float(np.nanmax(rows["bound"], initial=0)),
    )


def rights(user, now) -> tuple[set, set, set]:
    """Keys of projects and of single MOUSs that somebody has a right to, by account, delegation and assignment; and of
    the projects among them that she is assigned to, which alone opens what is recalled."""
    if user is None:
        return set(), set(), set()
    own = {key for (key,) in _fetched(_OWN, user)}
    given = [
        row for row in _fetched(_GIVEN, user) if row[2] is None or np.datetime64(row[2].replace(tzinfo=None)) > now
    ]
    assigned = {key for (key,) in _fetched(_ASSIGNED, user)}
    whole = {project for project, mous, _ in given if mous is None}
    return own | assigned | whole, {mous for _, mous, _ in given if mous is not None}, assigned


_OWN = "SELECT p.id FROM archive_project p JOIN archive_almaaccount a ON a.id = p.pi_id WHERE a.user_id = %s"
_GIVEN = "SELECT project_id, mous_id, expires_at FROM archive_delegation WHERE delegee_id = %s AND revoked_at IS NULL"
_ASSIGNED = """
SELECT a.project_id FROM archive_staffassignment a JOIN auth_user u ON u.id = a.person_id
WHERE a.person_id = %s AND a.ended_at IS NULL AND u.is_staff AND EXISTS (
    SELECT 1 FROM auth_user_groups x JOIN auth_group g ON g.id = x.group_id
    WHERE x.user_id = u.id AND g.name IN ('data reducer', 'archive scientist'))"""


def _fetched(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _copied(sql, schema) -> pl.DataFrame:
    with connection.cursor() as cursor:
        text = io.BytesIO()
        with cursor.cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)") as copy:
            for piece in copy:
                text.write(piece)
    text.seek(0)
    return pl.read_csv(text, has_header=False, new_columns=list(schema), schema_overrides=list(schema.values()))


def _by_key(sql, schema) -> pl.DataFrame:
    """A row for every key from 0 on, so that the key is the place."""
    frame = _copied(sql, schema)
    last = frame["id"].max() or 0
    return pl.DataFrame({"id": range(last + 1)}).join(frame, on="id", how="left", maintain_order="left")
