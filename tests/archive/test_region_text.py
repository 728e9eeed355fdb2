"""The STC-S of footprints: what ALMA writes, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import regions
from archive.region_text import RegionError, read
from tests.archive import footprints


def test_the_real_texts_are_read_whole():
    assert [len(read(text)) for text in footprints.REAL] == [1, 1, 2, 4]
    circle, outline, hole = *read(footprints.CIRCLE), *read(footprints.HOLED)
    assert (circle.degrees, circle.radius_deg, circle.hole) == ([337.250736, -69.175076], 0.008223, False)
    assert (len(outline.degrees) // 2, outline.hole) == (28, False)
    assert (len(hole.degrees) // 2, hole.hole) == (13, True)


@pytest.mark.parametrize(
    "text",
    [
        "Union ICRS ( Circle 1 2 3 Not (Circle 1 2 1) )", "union(circle 1 2 3 not(circle 1 2 1))",
        "CIRCLE ICRS 1.0 2.0 3.0 NOT CIRCLE ICRS 1 2 1", "Circle 1,2,3 Not (Union (Circle 1 2 1))",
        "  Circle\n1 2e0 +3  Not ( Circle 1 2 1 ) ",
    ],
)  # fmt: skip
def test_spelling_and_brackets_are_free(text):
    outline, hole = read(text)

    assert (outline.degrees, outline.radius_deg, outline.hole) == ([1, 2], 3, False)
    assert (hole.degrees, hole.radius_deg, hole.hole) == ([1, 2], 1, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it has no shape"),
        ("Union ICRS ( )", "it has no shape"),
        ("Polygon 1 2 3 4", "Polygon with 2 vertices"),
        ("Polygon 1 2 3 4 5", "Polygon with 5 numbers"),
        ("Polygon 1 2 1 2 1 2", "Polygon with 1 vertex"),
        ("Polygon 1 2 3 4 1 2", "Polygon with 2 vertices"),
        ("Polygon 1 2 3 95 4 5", "dec 95 is not between"),
        ("Polygon 1 2 700 5 4 5", "ra 700 is not between"),
        ("Polygon 1 2 nan 5 4 5", "ra nan is not between"),
        ("Polygon 0 0 120 0 240 0", "does not lie within one half of the sky"),
        ("Circle 1 2", "Circle with 2 numbers instead of three"),
        ("Circle 1 2 nan", "radius nan is not between"),
        ("Circle 1 2 -1", "radius -1 is not between"),
        ("Circle 1 2 inf", "radius inf is not between"),
        ("Circle 1 2 three", "'three' is no number"),
        ("Circle 1 2 3_0", "characters that are in no region"),
        ("Circle \u0661 2 3", "characters that are in no region"),
        ("Circle FK5 1 2 3", "'FK5' is no number"),
        ("Box ICRS 1 2 3 4", "it begins with 'Box'"),
        ("Not (Circle 1 2 3)", "no shape but holes"),
        ("Circle 1 2 3 Not (Circle 1 2 1 Not (Circle 1 2 3))", "Not within Not"),
        ("Union ( Circle 1 2 3", "ends too early"),
        ("Circle 1 2 3 Not", "ends too early"),
        ("Circle 1 2 3 )", "a bracket closes where none is open"),
        ("( Circle 1 2 3 )", "a bracket opens without Union or Not"),
        ("Union Circle 1 2 3", "Union has no bracket"),
        ("Union ICRS Union ( Circle 1 2 3 )", "without a bracket"),
        ("Union ( Circle 1 2 3 ) 4 5", "'4' follows"),
        ("(" * 1000, "a bracket opens without Union or Not"),
        ("Circle 1 2 3 " * 20_000, "characters, more than 200000"),
    ],
)
def test_what_is_no_region_is_refused_with_the_reason(text, why):
    with pytest.raises(RegionError, match=why) as refusal:
        regions.parse(text)

    assert refusal.value.status == 400
    assert len(refusal.value.sentence) < 200


WORDS = st.sampled_from(["Circle", "Polygon", "Union", "Not", "ICRS", "(", ")", "1", "2", "3.5", "-4", "1e400", "nan"])


@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=50))
def test_any_text_is_a_region_or_refused(text):
    try:
        region = regions.parse(text)
    except RegionError:
        return
    assert 0 <= region.bound_rad(10, 20) < 3.1416
