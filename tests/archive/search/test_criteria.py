"""What can be asked: every parameter is read or refused in a sentence that names it, and none is ignored."""

import math
from datetime import UTC, datetime

import pytest

from archive.search.criteria import PARAMETERS
from archive.search.given import Choice, Term
from archive.search.refusals import CriterionError
from tests.archive.search.asking import read

REFUSED = [
    ({"colour": "red"}, "colour: there is no such parameter", "Those there are"),
    ({"projects": "2011.0.00001.S"}, "projects: there is no such parameter", "Did you mean project"),
    ({"radius": "10arcsec"}, "radius: there is no position", "Give a position"),
    ({"match": "footprint"}, "match: there is no position", "Give a position"),
    ({"position": "north of here"}, "position: .*not a position", "Write"),
    ({"position": "10 +95"}, "position: ", "Write"),
    ({"position": "10 +9", "radius": "5"}, "radius: .*no unit", "10arcsec"),
    ({"position": "10 +9", "radius": "181deg"}, "radius: .*180", ""),
    ({"position": "name:NGC 1052"}, "position: no name resolver", "position itself"),
    ({"position": "10 +9", "match": "box"}, "match: 'box' is not one", "center, footprint"),
    ({"sort": "distance"}, "sort: a distance needs a position", "position"),
    ({"sort": "size"}, "sort: 'size' is not one", "project"),
    ({"limit": "0"}, "limit: '0' is not a number from 1", "like 50"),
    ({"limit": "1001"}, "limit: ", "like 50"),
    ({"limit": "ten"}, "limit: ", "like 50"),
    ({"limit": ["5", "6"]}, "limit: it was given more than once", "one value"),
    ({"band": "11"}, "band: '11' is not one", "1, 2, 3"),
    ({"band": "!"}, "band: '!' is not one", "1, 2, 3"),
    ({"qa2": "GOOD"}, "qa2: 'GOOD' is not one", "SEMIPASS"),
    ({"scope": "yours"}, "scope: 'yours' is not one", "public"),
    ({"scope": "!public"}, "scope: it cannot be turned round", "public"),
    ({"frequency": "230"}, "frequency: ", ""),
    ({"frequency": "231..230GHz"}, "frequency: .*above", "low"),
    ({"line": "CO 99-98"}, "line: ", ""),
    ({"velocity": "10km/s"}, "velocity: there is no line", "line or rest"),
    ({"line": "CO 2-1", "rest": "230GHz"}, "rest: a line is given as well", "name of a line"),
    ({"line": "CO 2-1", "velocity": "5km/s", "redshift": "1"}, "redshift: a velocity is given", "one or the other"),
    ({"line": "CO 2-1", "redshift": "-2"}, "redshift: ", ""),
    ({"resolution": "0.3"}, "resolution: .*not a range", "a..b"),
    ({"resolution": "0.1..0.3"}, "resolution: .*needs a unit", "arcsec"),
    ({"resolution": "3..1arcsec"}, "resolution: .*ends before it begins", "smaller"),
    ({"resolution": "-1..2arcsec"}, "resolution: .*negative", "0 or more"),
    ({"resolution": "..1e999arcsec"}, "resolution: ", ""),
    ({"resolution": "..5kpc"}, "resolution: .*unit kpc", "arcsec"),
    ({"sensitivity": ".."}, "sensitivity: .*not a range", "a..b"),
    ({"spectral_resolution": "..1arcsec"}, "spectral_resolution: .*unit arcsec", "THz, m/s, km/s"),
    ({"spectral_resolution": "..1"}, "spectral_resolution: .*needs a unit", "THz, m/s, km/s"),
    ({"spectral_resolution": "..1mHz"}, "spectral_resolution: .*unit mHz", "MHz"),
    ({"sensitivity": "..5MJy"}, "sensitivity: .*unit MJy", "mJy"),
    ({"line": "CO 2-1", "velocity": "1450\u20131550km/s"}, "velocity: ", "one string"),
    ({"polarisation": "full,XX"}, "polarisation: full stands for", "alone"),
    ({"observed": "yesterday"}, "observed: 'yesterday' is no date", "2023-10-05"),
    ({"observed": "2023-02-30"}, "observed: ", "2023-10-05"),
    ({"observed": "2024..2023"}, "observed: .*ends before it begins", "earlier"),
    ({"released": ".."}, "released: '..' is not a range", "2023-10"),
    ({"released": "9999-12-31"}, "released: ", "MJD"),
    ({"uid": "A001"}, "uid: 'A001' is not an ALMA identifier", "uid://"),
    ({"project": "2011.0;DROP"}, "project: .*characters", "2017.1.00123.S"),
    ({"project": "!"}, "project: there is nothing after the !", "left out"),
    ({"q": "NGC 1052", "target": "NGC 1068"}, "q: 'NGC 1052' was read as target", "target alone"),
    ({"target": "a\0b"}, "target: the value is too long, or no text", "TW Hya"),
    ({"target": ",".join("abc" for _ in range(201))}, "target: 201 values are more", "list search"),
]


@pytest.mark.parametrize(("given", "sentence", "remedy"), REFUSED, ids=lambda value: str(value)[:50])
def test_what_cannot_be_is_refused_in_a_sentence_that_names_the_parameter(given, sentence, remedy):
    with pytest.raises(CriterionError, match=sentence) as refusal:
        read(**given)
    assert remedy in refusal.value.remedy
    assert refusal.value.parameter in refusal.value.sentence


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)
def test_every_parameter_takes_its_own_example(parameter):
    beside = {
        "radius": {"position": "10 +9"}, "match": {"position": "10 +9"}, "velocity": {"line": "CO 2-1"},
        "redshift": {"line": "CO 2-1"},
    }.get(parameter.name, {})  # fmt: skip

    assert parameter.help
    assert read(**{parameter.name: parameter.example}, **beside)


def test_what_is_empty_is_not_given():
    assert read(target="", band=[" "], position="").asks_nothing


def test_lists_are_taken_apart_and_turned_round_value_by_value():
    asked = read(band=["3,6", "!7"], qa2="!fail", target="TW Hya, !NGC1052", pi="Koda, Jin; !Núñez")

    assert asked.band == Choice(frozenset({"3", "6"}), frozenset({"7"}))
    assert asked.qa2 == Choice(excluded=frozenset({"FAIL"}))
    assert asked.target == (Term("TW Hya"), Term("NGC1052", excluded=True))
    assert asked.pi == (Term("Koda, Jin"), Term("Núñez", excluded=True))


@pytest.mark.parametrize(
    ("name", "text", "low", "high"),
    [
        ("resolution", "100..300mas", 0.1, 0.3),
        ("resolution", "..0.5'", None, 30.0),
        ("sensitivity", "..500uJy/beam", None, 0.5),
        ("continuum_sensitivity", "0.1..1mJy", 0.1, 1.0),
    ],
)
def test_ranges_are_read_in_their_units(name, text, low, high):
    assert getattr(read(**{name: text}), name) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("name", "printed", "typed"),
    [
        ("resolution", "0.1..0.3\u2033", "0.1..0.3arcsec"),
        ("resolution", "..2\u2032", "..2arcmin"),
        ("velocity", "\u221250..50km/s", "-50..50km/s"),
        ("redshift", "\u22120.001", "-0.001"),
        ("spectral_resolution", "..250KHZ", "..250kHz"),
        ("spectral_resolution", "..1kms", "..1km/s"),
    ],
)
def test_signs_and_units_may_be_written_as_papers_print_them(name, printed, typed):
    line = {"line": "CO 2-1"} if name in ("velocity", "redshift") else {}

    assert read(**{name: printed}, **line) == read(**{name: typed}, **line)


def test_a_bound_in_milliarcsec_is_that_of_the_row_to_the_last_digit():
    assert read(resolution="9mas..").resolution == (0.009, None)


def test_the_width_of_a_channel_is_a_frequency_or_a_velocity():
    assert read(spectral_resolution="..250kHz").channel_hz == (None, 250e3)
    assert read(spectral_resolution="0.1..1km/s").channel_ms == (100.0, 1000.0)


def test_a_line_moves_with_its_source():
    assert read(line="CO 2-1").line == (230.538e9, 230.538e9)
    assert read(line="CO 2-1", redshift="1").line == (pytest.approx(115.269e9),) * 2
    low, high = read(rest="230.538GHz", velocity="0..299.792458km/s").line
    assert (low, high) == (pytest.approx(230.538e9 * 0.999), 230.538e9)


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("2023", (2023, 1, 1), (2024, 1, 1)),
        ("2023-12", (2023, 12, 1), (2024, 1, 1)),
        ("2023-10-05", (2023, 10, 5), (2023, 10, 6)),
        ("2022..2023-02", (2022, 1, 1), (2023, 3, 1)),
        ("60222", (2023, 10, 5), (2023, 10, 6)),
        ("60222..60223", (2023, 10, 5), (2023, 10, 7)),
    ],
)
def test_dates_are_whole_days_months_and_years(text, start, stop):
    assert read(observed=text).observed == (datetime(*start, tzinfo=UTC), datetime(*stop, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A001_X1_X2", "uid"),
        ("2011.0.00340.S", "project"),
        ("2019.1.*", "project"),
        ("10.5 -20.25", "cone"),
        ("02:41:04.8 -08:15:21", "cone"),
        ("NGC 1052", "target"),
        ("J0423-0120", "target"),
    ],
)
def test_the_box_for_anything_knows_what_is_meant(text, name):
    assert getattr(read(q=text), name)


def test_a_position_has_a_circle_of_an_arc_minute_around_it():
    assert read(position="10 +9").cone.radius_rad == pytest.approx(math.radians(1 / 60))
