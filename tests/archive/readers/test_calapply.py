"""calapply.txt (FACTS 3.6)."""

import pytest

from archive.readers import calapply
from archive.readers.literals import ScriptError
from tests import deliveries
from tests.deliveries import FIRST

MS = f"{FIRST}.ms"


def line(**arguments):
    given = {"vis": MS, "field": "0", "gaintable": ["a.tbl", "b.tbl"]} | arguments
    return f"applycal({', '.join(f'{key}={value!r}' for key, value in given.items())})"


def test_a_line_becomes_the_arguments_of_one_call_with_tables_by_base_name():
    calls = calapply.parse(deliveries.calapply(FIRST).decode(), "c.txt", MS)

    assert calls == (
        {
            "field": "0", "intent": "", "spw": "2,3", "antenna": "0~9",
            "gaintable": [f"{MS}.bp.tbl", f"{MS}.gain.tbl"], "gainfield": ["", "nearest"],
            "spwmap": [[], [0, 1, 2, 2]], "interp": ["linear,linear", "linear"], "calwt": [True, True],
        },
    )  # fmt: skip


def test_single_values_become_lists_of_one():
    text = line(gaintable="/data/working/only.tbl", gainfield="", interp="linear", calwt=False, spwmap=[0, 1, 1])

    (call,) = calapply.parse(text, "c.txt", MS)

    assert call["gaintable"] == ["only.tbl"]
    assert (call["gainfield"], call["interp"], call["calwt"]) == ([""], ["linear"], [False])
    assert call["spwmap"] == [[0, 1, 1]]


def test_an_application_mode_is_kept():
    (call,) = calapply.parse(line(applymode="calflagstrict", parang=True), "c.txt", MS)

    assert (call["applymode"], call["parang"]) == ("calflagstrict", True)


def test_comments_and_blank_lines_are_passed_over():
    assert calapply.parse(f"# Apply file for {MS}\n\n{line()}\n", "c.txt", MS)[0]["field"] == "0"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (line(vis="uid___A002_X1_X1.ms"), "not for"),
        (line(docallib=True), "no argument docallib"),
        (line(gaintable=7), "gaintable=7"),
        (line(calwt="yes"), "calwt"),
        (line(spwmap=[["0"]]), "spwmap"),
        (line(field=None), "field=None"),
        (line(gaintable=[]), "names no calibration table"),
        (line(gaintable=[".."]), "unsafe name"),
        (line(gaintable=["a;rm -rf b"]), "unsafe name"),
        (line(gainfield=["", "", ""]), "gainfield has 3 entries for 2"),
        (f"applycal('{MS}')", "arguments without a name"),
        ("applycal(vis=open('x'))", "not a literal"),
        (line(field="J0522\0"), "the value of field is none that a task takes"),
        (line(gaintable=["\ud800"]), "the value of gaintable is none that a task takes"),
        ("applycal(**x)", "arguments without a name"),
        ("applycal(vis='a'", "not one complete call"),
        (f"{line()}; import os", "more than one call"),
        ("import os", "neither a comment nor an applycal call"),
        (f"applycal({'(' * 300}{')' * 300})", "not one complete call"),
    ],
)
def test_a_line_that_is_not_plainly_one_application_is_refused_with_its_number(text, why):
    with pytest.raises(ScriptError, match=r"Line 2 of c\.txt") as refusal:
        calapply.parse(f"# Apply file\n{text}", "c.txt", MS)

    assert why in refusal.value.sentence
