"""Cones by three ways on the same rows: our index, Q3C, and a box in right ascension and declination that astropy
refines, as one would with Django alone.

Each gives the keys of all rows in the cone.  Q3C has a copy of the whole table, clustered by its own index; the box
has a B-tree over declination and right ascension.  All three find the same rows, or the run ends.
"""

import math
import statistics
import time

import numpy as np
import psycopg
from astropy import units
from astropy.coordinates import SkyCoord
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q

from altiplano.stack import layout
from archive.models import Observation
from archive.search import criteria, question
from archive.search.reader import Reader
from bench import search_tables, sky_world

RADII = {"1'": 1 / 60, "10'": 1 / 6, "1 deg": 1.0}
REPEATS = 60
_PEERS = (
    "CREATE TABLE q3c_observation AS SELECT * FROM archive_observation WHERE NOT confidential",
    "CREATE INDEX q3c_place ON q3c_observation (q3c_ang2ipix(ra_deg, dec_deg))",
    "CLUSTER q3c_observation USING q3c_place",
    "CREATE INDEX box_place ON archive_observation (dec_deg, ra_deg)",
    "ANALYZE q3c_observation",
    "ANALYZE archive_observation",
)


def run(place, rows, *, told) -> dict:
    search_tables.fill(place, rows, told=told)
    _make_extension()
    with connection.cursor() as cursor:
        for statement in _PEERS:
            cursor.execute(statement)
    found = {name: _radius(radius, rows) for name, radius in RADII.items()}
    for name, row in found.items():
        told(_LINE.format(name=name, **row), flush=True)
    return {"rows": rows} | found


_LINE = (
    "cone {name:6} {found:8.0f} rows: ours {ours_ms:8.2f} ms, p95 {ours_p95_ms:8.2f}; Q3C {q3c_ms:8.2f} ms, "
    "p95 {q3c_p95_ms:8.2f} ({q3c_ratio:.2f} x ours); box {box_ms:8.2f} ms, "
    "p95 {box_p95_ms:8.2f} ({box_ratio:.2f} x ours)"
)


def _make_extension():
    """By the administrator of the cluster; our own account may not."""
    database, secrets = connection.settings_dict, layout.here().secrets
    server = {"host": database["HOST"], "port": database["PORT"], "dbname": database["NAME"]}
    with psycopg.connect(**server, user="postgres", password=secrets.postgres_admin_password) as admin:
        admin.execute("CREATE EXTENSION q3c")


def _radius(radius, rows) -> dict:
    ways = {"ours": _ours, "q3c": _q3c, "box": _box}
    spent, sizes = {name: [] for name in ways}, []
    for number, (ra, dec) in enumerate(_places(radius, rows)):
        found = {}
        turn = number % len(ways)  # by turns: who comes second finds pages in memory
        for name in [*ways, *ways][turn : turn + len(ways)]:
            began = time.perf_counter()
            found[name] = ways[name](ra, dec, radius)
            spent[name].append((time.perf_counter() - began) * 1e3)
        if not found["ours"] == found["q3c"] == found["box"]:
            raise SystemExit(f"At {ra} {dec}, {radius} deg, the three ways find other rows than each other.")
        sizes.append(len(found["ours"]))
    figures = {f"{name}_ms": round(statistics.median(times), 3) for name, times in spent.items()}
    figures |= {f"{name}_p95_ms": round(float(np.percentile(times, 95)), 3) for name, times in spent.items()}
    ratios = {f"{name}_ratio": round(sum(spent[name]) / sum(spent["ours"]), 2) for name in ("q3c", "box")}
    return figures | ratios | {"found": statistics.mean(sizes)}


def _places(radius, rows):
    """Near rows at random, so that popular fields come often."""
    draw = np.random.default_rng([sky_world.SEED, int(radius * 60)])
    keys = draw.integers(1, rows, 4 * REPEATS).tolist()
    near = Observation.objects.filter(pk__in=keys, ra_deg__isnull=False).values_list("ra_deg", "dec_deg")
    for ra, dec in list(near)[:REPEATS]:
        yield round((ra + draw.normal(0, radius / 4)) % 360, 6), round(float(np.clip(dec, -89, 89)), 6)


def _ours(ra, dec, radius):
    reader = Reader.of(AnonymousUser(), search_tables.NOW)
    wanted = criteria.parse({"position": [f"{ra:.6f} {dec:+.6f}"], "radius": [f"{radius!r}deg"]})
    conditions = question.ask(wanted, reader).conditions
    sql = f"SELECT o.id FROM archive_observation o WHERE {conditions.sql}"  # noqa: S608 (as search itself makes it)
    return {key for (key,) in question.rows(sql, conditions.values, reader)}


def _q3c(ra, dec, radius):
    sql = "SELECT id FROM q3c_observation WHERE q3c_radial_query(ra_deg, dec_deg, %s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [ra, dec, radius])
        return {key for (key,) in cursor.fetchall()}


def _box(ra, dec, radius):
    rows = Observation.objects.filter(
        _ra_box(ra, dec, radius), dec_deg__range=(dec - radius, dec + radius), confidential=False
    ).values_list("pk", "ra_deg", "dec_deg")
    found = np.array(list(rows), float).reshape(-1, 3)
    apart = SkyCoord(found[:, 1], found[:, 2], unit="deg").separation(SkyCoord(ra, dec, unit="deg"))
    return set(found[apart <= radius * units.deg, 0].astype(int).tolist())


def _ra_box(ra, dec, radius):
    """Of the circle's own width; all of it where a pole lies within, in two where it crosses RA 0."""
    if abs(dec) + radius >= 90:
        return Q()
    half = math.degrees(math.asin(math.sin(math.radians(radius)) / math.cos(math.radians(dec))))
    low, high = ra - half, ra + half
    if low < 0 or high >= 360:
        return Q(ra_deg__gte=low % 360) | Q(ra_deg__lte=high % 360)
    return Q(ra_deg__range=(low, high))
