"""Random questions to some thousands of rows, answered as plain numpy and the access rule row by row answer them."""

import itertools
import math

import numpy as np
import pytest
from django.db import transaction

from archive import access, index_codes, regions, sky
from archive.search import criteria, verbs
from tests import make
from tests.archive.search import crowd

pytestmark = pytest.mark.django_db
ROUNDS = 30


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield crowd.crowd()
        transaction.set_rollback(True)


def all_ids(asked, reader, limit):
    found, cursor = [], None
    while True:
        page = verbs.page(asked, reader, after=cursor, limit=limit)
        found += page.rows
        cursor = page.next
        if cursor is None:
            return found


# Each gives the text of a criterion and the rows that it wants
def some_position(random, c, world):
    ra, dec = crowd.CENTRES[random.integers(len(crowd.CENTRES))] if random.random() < 0.8 else _anywhere(random)
    ra, dec = crowd._away(ra, dec, abs(random.normal(0, 0.01)), random.uniform(0, 2 * math.pi))
    radius = float(
        random.choice([0.0, 0.003, 0.1, 0.9, 3, 40, 120, 180], p=[0.05, 0.2, 0.25, 0.2, 0.1, 0.1, 0.05, 0.05])
    )
    match = str(random.choice(["center", "footprint"]))
    given = {"position": f"{ra!r} {dec!r}", "radius": f"{radius!r}deg", "match": match}
    away = sky.separation_rad(np.stack([c["x"], c["y"], c["z"]], axis=1), sky.vectors(ra, dec))
    radius = math.radians(radius)
    if match == "center":
        return given, ~c["lost"] & (away <= radius + 1e-11)
    circle = away <= np.minimum(radius + c["bound_rad"], math.pi) + 1e-11
    over = np.append(regions.overlaps(world.shapes, ra, dec, radius), False)
    return given, ~c["lost"] & np.where(c["footprint"] >= 0, over[c["footprint"]], circle)


def _anywhere(random):
    return random.uniform(0, 360), math.degrees(math.asin(random.uniform(-1, 1)))


def some_frequency(random, c, world):
    low = round(random.uniform(80, 380), 3)
    high = round(low + random.exponential(3), 3)
    return {"frequency": f"{low}..{high}GHz"}, (c["low_hz"] <= high * 1e9) & (c["high_hz"] >= low * 1e9)


def some_bands(random, c, world):
    wanted, negative = sorted({int(each) for each in random.integers(1, 11, 3)}), random.random() < 0.3
    text = ",".join(f"{'!' if negative else ''}{band}" for band in wanted)
    has = (c["bands"] & index_codes.band_bits(wanted)) != 0
    return {"band": text}, ~has if negative else has


def some_state(random, c, world):
    name, words = [("qa2", ["unknown", "PASS", "SEMIPASS", "FAIL"]), ("array", ["unknown", "12m", "7m", "", "TP"])][
        random.integers(2)
    ]
    number = int(random.choice([n for n, word in enumerate(words) if word]))
    negative = random.random() < 0.3
    is_it = c[name] == number
    return {name: f"{'!' if negative else ''}{words[number]}"}, ~is_it if negative else is_it


def some_resolution(random, c, world):
    low = round(random.uniform(0, 1), 2)
    return {"resolution": f"{low}..{low + 0.5}arcsec"}, (c["resolution_arcsec"] >= low) & (
        c["resolution_arcsec"] <= low + 0.5
    )


def some_dates(random, c, world):
    start = int(random.integers(56000, 60000))
    stop = start + int(random.integers(1, 900))
    return {"observed": f"{start}..{stop}"}, (c["t_min_mjd"] < stop + 1) & (c["t_min_mjd"] + 0.1 >= start)


def some_project(random, c, world):
    year, negative = int(random.integers(11, 16)), random.random() < 0.3
    is_it = c["code_order"] // (36 * 100_000 * 27**4) == year
    return {
        "project": f"{'!' if negative else ''}20{year}{random.choice(['', '.', '*', '.*'])}"
    }, ~is_it if negative else is_it


def some_polarisation(random, c, world):
    return {"polarisation": "full"}, (c["polarisations"] & 0b1111 << 8) == 0b1111 << 8


def some_width(random, c, world):
    return {"spectral_resolution": "..250kHz"}, c["channel_width_hz"] <= 250e3


def some_category(random, c, world):
    """Through the projects that have it, one by one."""
    word = str(random.choice(["Universe", "cosmology", "SUN"]))
    said = [each.pk for each in world.projects if word.casefold() in each.scientific_category.casefold()]
    negative = random.random() < 0.3
    is_it = np.isin(c["project_id"], said)
    return {"category": f"{'!' if negative else ''}{word}"}, ~is_it if negative else is_it


def some_name(random, c, world):
    number = int(random.integers(150))
    text, keys = [(f"field{number} B", {f"field{number}b"}), (f"*{number}_a", None)][random.integers(2)]
    fits = [pk for pk, key in world.names.items() if (key in keys if keys else key.endswith(f"{number}a"))]
    return {"target": text}, np.isin(c["name_id"], fits)


KINDS = [some_position, some_position, some_frequency, some_bands, some_state, some_resolution, some_dates,
         some_project, some_polarisation, some_width, some_category, some_name]  # fmt: skip
SORTS = {
    "project": "code_order", "released": "release_at", "observed": "t_min_mjd", "frequency": "low_hz",
    "resolution": "resolution_arcsec",
}  # fmt: skip


def question(random, world, who):
    given, rows = {}, np.ones(len(world.ids), bool)
    for number in random.choice(len(KINDS), size=random.integers(0, 4), replace=False):
        said, wanted = KINDS[number](random, world.columns, world)
        if not said.keys() & given.keys():
            given, rows = given | said, rows & wanted
    visible = world.rows_of(who, access.visible_to)
    scopes = {"all": visible, "public": _released(world)}
    if who != "anonymous":
        scopes["mine"] = world.rows_of(who, access.granted) & world.rows_of(who, access.readable_by)
    given["scope"] = str(random.choice(list(scopes)))
    given["sort"] = str(random.choice(["", "-"])) + str(random.choice([*SORTS, *["distance"] * ("position" in given)]))
    return criteria.parse({name: [text] for name, text in given.items()}), rows & scopes[given["scope"]], given


def _released(world):
    return (world.columns["release_at"] <= make.NOW) & ~world.columns["confidential"]


@pytest.mark.parametrize("who", crowd.WHOLE)
def test_every_random_question_is_answered_as_brute_force_and_the_rule_answer_it(world, who):
    random = np.random.default_rng(7)
    reader = verbs.Reader.of(world.people[who], make.NOW)
    readable = dict(zip(world.ids.tolist(), world.rows_of(who, access.readable_by).tolist(), strict=True))
    seen = 0
    for _ in range(ROUNDS):
        asked, rows, given = question(random, world, who)
        found = all_ids(asked, reader, limit=max(int(rows.sum()) // 4, 7))

        ids = [row["id"] for row in found]
        assert sorted(ids) == sorted(world.ids[rows].tolist()), given
        assert [row for row in found if row["readable"] != readable[row["id"]]] == [], given
        count = verbs.count(asked, reader, cap=5000)
        assert (count.rows, count.more) == (min(len(ids), 5000), len(ids) > 5000), given
        _require_order(world, given["sort"], np.array(ids, int))
        seen += len(ids)
    assert seen > 10_000


def _require_order(world, sort, ids):
    name = SORTS.get(sort.removeprefix("-"))
    if name is None or not len(ids):
        return
    at = {key: number for number, key in enumerate(world.ids.tolist())}
    values = world.columns[name][[at[key] for key in ids.tolist()]]
    if values.dtype == float:
        known = ~np.isnan(values)
        assert not np.any(~known[:-1] & known[1:])  # rows without the value come last
        values = values[known]
    pairs = itertools.pairwise(values)
    assert all((a >= b) if sort.startswith("-") else (a <= b) for a, b in pairs)


@pytest.mark.parametrize("who", ["anonymous", "staff"])
def test_facets_count_the_rows_that_are_found(world, who):
    random = np.random.default_rng(11)
    reader = verbs.Reader.of(world.people[who], make.NOW)
    for _ in range(15):
        asked, rows, given = question(random, world, who)
        bands = world.columns["bands"][rows]
        expected = {str(band): int(((bands >> band) & 1).sum()) for band in index_codes.BANDS}

        facets = verbs.facets(asked, reader)

        if not asked.asks_nothing:  # that is answered from kept counts, see test_facets.py
            assert dict(facets["band"]) == {word: number for word, number in expected.items() if number}, given
            released = int((rows & _released(world)).sum())
            assert dict(facets["scope"]).get("public", 0) == released, given


def test_a_stream_gives_every_row_once_in_the_order_of_the_pages(world):
    reader = verbs.Reader.of(world.people["pi"], make.NOW)
    asked = criteria.parse({"sort": ["-observed"], "band": ["3,6"]})

    streamed = [row["id"] for row in verbs.stream(asked, reader)]

    assert streamed == [row["id"] for row in all_ids(asked, reader, limit=1000)]
