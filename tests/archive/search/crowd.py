"""Some ten thousand rows of the index drawn from a seed, as arrays and as rows, with people who have rights on some.

The arrays are what the answers of search are compared with, by plain numpy; the rows of a MOUS agree in what is
decided about the MOUS, as triggers keep it.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from archive import access, codes, index_codes, regions, sky, tallies, target_names
from archive.models import (
    NEVER,
    Footprint,
    GroupOUS,
    MemberOUS,
    Project,
    TargetName,
)
from archive.staff import Role
from tests import make

PROJECTS, MOUS, NAMES = 60, 240, 300
PER_CLUSTER = 0.02  # rad
CENTRES = ((0.0, 0.0), (359.999, 12.0), (120.0, 90.0), (33.0, -89.9999), (266.4, -29.0), (180.0, -45.0))
WHOLE = {"anonymous": (), "pi": (0, 3, 12), "delegee": (6, 8), "single": (), "staff": (24, 25)}
RECALLED = {"recalled_at": make.NOW, "recall_reason": "of another project"}
CATEGORIES = ("Local Universe", "Cosmology", "Sun", "")


@dataclass
class Crowd:
    columns: dict[str, np.ndarray]  # of the rows, in the order of their keys
    ids: np.ndarray
    projects: list[Project]
    mous: list[MemberOUS]
    shapes: list[bytes]
    people: dict[str, object]
    names: dict[int, str]  # keys by primary key

    def rows_of(self, who, rule):
        """Rows for which `rule` (`access.visible_to` or `readable_by`) stands, MOUS by MOUS; those of a group alone
        follow their project, of which somebody has the whole or nothing."""
        user, columns = self.people[who], self.columns
        mous = set(MemberOUS.objects.filter(rule(user, make.NOW)).values_list("pk", flat=True))
        mine = np.isin(columns["project_id"], [self.projects[number].pk for number in WHOLE[who]])
        of_group = mine | (~columns["confidential"] if rule is access.visible_to else False)
        return np.where(columns["mous_id"] == 0, of_group, np.isin(columns["mous_id"], sorted(mous)))


def crowd(rows=20_000, seed=20240601):
    random = np.random.default_rng(seed)
    people = _people()
    projects = _projects(random, people)
    mous = _mous(random, projects)
    _rights(people, projects, mous)
    spelt = [f"Field {n % 150}_{'ab'[n // 150]}" for n in range(NAMES)]
    names = TargetName.objects.bulk_create(TargetName(name=text, key=target_names.fold(text)) for text in spelt)
    shapes, footprints = _footprints()
    columns = _columns(random, rows, projects, mous, names, footprints)
    keys = {name.pk: name.key for name in names}
    ids = _copy(columns, rows)
    tallies.recount(None)
    return Crowd(columns, ids, projects, mous, shapes, people, keys)


def _copy(columns, rows):
    """By COPY, for it takes a second where Django takes half a minute."""
    written = [{"id": number + 1} | _row(columns, number) for number in range(rows)]
    defaults = {"fov_deg": None, "calib_level": 2, "product_type": 1, "science": True, "mosaic": False}
    names = [*written[0], *defaults]
    with connection.cursor() as cursor:
        listed = ", ".join(f'"{name}"' for name in names)
        with cursor.copy(f"COPY archive_observation ({listed}) FROM STDIN") as copy:
            for row in written:
                copy.write_row([*row.values(), *defaults.values()])
        cursor.execute("ANALYZE archive_observation")
    return np.arange(1, rows + 1)


def _people():
    return {
        "anonymous": AnonymousUser(),
        "pi": make.user("pi"),
        "delegee": make.user("delegee"),
        "single": make.user("single"),
        "staff": make.staff("staff", Role.DATA_REDUCER),
    }


def _projects(random, people):
    account = make.account(people["pi"])
    types = ("S", "T", "L")
    kept = [
        Project.objects.create(
            code=f"20{11 + n % 5}.{n % 2}.{n:05}.{types[n % 3]}",
            confidential=n % 6 == 0,
            pi=account if n in WHOLE["pi"] else None,
            pi_name=f"Núñez {n % 7}, Ana",
            pi_key=f"nunez {n % 7}, ana",
            scientific_category=CATEGORIES[n % 4],
            science_keywords=f"Keyword {n % 9}, Gas",
        )
        for n in range(PROJECTS)
    ]
    return list(Project.objects.filter(pk__in=[each.pk for each in kept]).order_by("pk"))


def _mous(random, projects):
    groups = GroupOUS.objects.bulk_create(
        GroupOUS(uid=f"uid://A001/X{n:x}/Xa", project=projects[n % PROJECTS]) for n in range(MOUS // 2)
    )
    return MemberOUS.objects.bulk_create(
        MemberOUS(
            uid=f"uid://A001/X{n:x}/Xb",
            gous=groups[n // 2],
            release_at=(make.NOW + timedelta(days=int(random.integers(-900, 400)))) if n % 5 else NEVER,
            qa2_state=("PASS", "SEMIPASS", "FAIL", "")[int(random.integers(4))],
            array=("12m", "7m", "TP", "")[int(random.integers(4))],
            **RECALLED if n % 7 == 3 else {},
        )
        for n in range(MOUS)
    )


def _rights(people, projects, mous):
    for number in WHOLE["delegee"]:
        make.delegation(projects[number], people["delegee"], by=people["staff"])
    hidden = next(each for each in mous if each.gous.project_id == projects[18].pk)
    make.delegation(projects[18], people["single"], by=people["staff"], mous=hidden)
    for number in WHOLE["staff"]:
        make.assignment(projects[number], people["staff"], by=people["pi"])


def _footprints():
    """Polygons of a degree and of some arc minutes around each centre, one with a hole."""
    texts, kept = [], []
    for ra, dec in CENTRES:
        for size in (0.5, 0.05):
            texts.append(_polygon(ra, dec, size))
        texts.append(f"Union ICRS ( {_polygon(ra, dec, 0.2)} Not ( Circle {ra} {dec} 0.1 ) )")
    for number, text in enumerate(texts):
        shape = regions.parse(text).shape()
        kept.append(Footprint.objects.create(digest=f"{number:032x}", region=text, shape=shape))
    return [bytes(each.shape) for each in kept], kept


def _polygon(ra, dec, size):
    """A square of which the corners are `size` degrees from its middle, also at a pole."""
    corners = [_away(ra, dec, math.radians(size), angle) for angle in np.arange(4) * math.pi / 2]
    return "Polygon " + " ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in corners)


def _away(ra, dec, distance, angle):
    lat, lon = math.radians(dec), math.radians(ra)
    up = math.asin(math.sin(lat) * math.cos(distance) + math.cos(lat) * math.sin(distance) * math.cos(angle))
    along = math.atan2(
        math.sin(angle) * math.sin(distance) * math.cos(lat), math.cos(distance) - math.sin(lat) * math.sin(up)
    )
    return math.degrees(lon + along) % 360, math.degrees(up)


def _columns(random, rows, projects, mous, names, footprints):
    of = random.integers(-20, MOUS, rows)  # below 0: a row of the group alone
    member = [mous[n] if n >= 0 else None for n in of]
    group = [mous[abs(int(n))].gous for n in of]
    by_key = {project.pk: project for project in projects}
    project = [by_key[each.project_id] for each in group]
    return (
        {
            "project_id": np.array([each.pk for each in project]),
            "gous_id": np.array([each.pk for each in group]),
            "mous_id": np.array([each.pk if each else 0 for each in member]),
            "code_order": np.array([codes.order(each.code) for each in project]),
            "confidential": np.array([each.confidential for each in project]),
            "release_at": np.array([each.release_at if each and not each.recalled_at else NEVER for each in member]),
            "qa2": np.array([index_codes.QA2.index(each.qa2_state) if each else 0 for each in member]),
            "array": np.array([index_codes.ARRAYS.get(each.array, 0) if each else 0 for each in member]),
            "calibration": np.zeros(rows, int),
            "name_id": np.array([names[n].pk for n in random.integers(0, NAMES, rows)]),
        }
        | _places(random, rows, footprints)
        | _numbers(random, rows)
    )


def _places(random, rows, footprints):
    cluster = random.integers(-1, len(CENTRES), rows)
    centre = np.radians(np.array(CENTRES))[np.maximum(cluster, 0)]
    spread = np.abs(random.normal(0, PER_CLUSTER, rows)) * random.choice([1, 0.05], rows)
    angle = random.uniform(0, 2 * math.pi, rows)
    away = [_away(*np.degrees(c), d, a) for c, d, a in zip(centre, spread, angle, strict=True)]
    anywhere = np.stack([random.uniform(0, 360, rows), np.degrees(np.arcsin(random.uniform(-1, 1, rows)))], axis=1)
    ra, dec = np.where((cluster < 0)[:, None], anywhere, np.array(away)).T
    footprint = np.where((random.random(rows) < 0.2) & (cluster >= 0), cluster * 3 + random.integers(0, 3, rows), -1)
    bound = np.radians(random.choice([8, 25, 120, 900], rows) / 3600)
    for number in np.flatnonzero(footprint >= 0):
        ra[number], dec[number] = CENTRES[footprint[number] // 3]
        bound[number] = regions.Region.from_shape(footprints[footprint[number]].shape).bound_rad(
            ra[number], dec[number]
        )
    lost = random.random(rows) < 0.01
    xyz = sky.vectors(ra, dec)
    return {
        "ra_deg": np.where(lost, np.nan, ra), "dec_deg": np.where(lost, np.nan, dec),
        "x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "hpx": sky.pixels(ra, dec),
        "bound_rad": bound, "size_class": np.where(lost, -1, sky.size_class(bound)), "lost": lost,
        "footprint": np.where(lost, -1, footprint),
        "footprint_id": np.array([footprints[n].pk if n >= 0 else 0 for n in footprint]),
    }  # fmt: skip


def _numbers(random, rows):
    low = np.round(random.uniform(84e9, 370e9, rows), -3)
    without = random.random(rows) < 0.05
    return {
        "low_hz": np.where(without, np.nan, low),
        "high_hz": np.where(without, np.nan, low + random.choice([58.6e6, 1.875e9, 16e9], rows)),
        "channel_width_hz": random.choice([30.5e3, 244e3, 15.6e6], rows),
        "velocity_resolution_ms": random.uniform(40, 30000, rows),
        "bands": 1 << random.integers(1, 11, rows),
        "polarisations": random.choice([1 << 8, (1 << 8) | (1 << 9), 0b1111 << 8, 0], rows),
        "intents": 1 << random.integers(0, 5, rows),
        "resolution_arcsec": np.where(random.random(rows) < 0.1, np.nan, np.round(random.lognormal(-0.5, 1, rows), 2)),
        "sensitivity_10kms_mjy": random.lognormal(1, 1, rows),
        "continuum_sensitivity_mjy": random.lognormal(-2, 1, rows),
        "t_min_mjd": np.where(random.random(rows) < 0.05, np.nan, np.round(random.uniform(56000, 60400, rows), 1)),
        "t_max_mjd": np.zeros(rows),
    }


def _row(columns, number):
    known = {name: values[number] for name, values in columns.items() if name not in {"lost", "footprint"}}
    row = {name: value.item() if hasattr(value, "item") else value for name, value in known.items()}
    row = {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
    row |= {"mous_id": row["mous_id"] or None, "footprint_id": row["footprint_id"] or None}
    row["t_max_mjd"] = row["t_min_mjd"] and row["t_min_mjd"] + 0.1
    if columns["lost"][number]:
        row |= dict.fromkeys(("ra_deg", "dec_deg", "x", "y", "z", "hpx", "bound_rad", "footprint_id"))
    return {"row_key": number, "fingerprint": number, "origin": 0} | row
