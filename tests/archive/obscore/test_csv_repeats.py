"""What lines repeat of the line before is read once, and nothing of what is read differs for it."""

import os
import threading

import numpy as np
import polars as pl
import pytest

from archive.obscore import csv_lines

NAMES = "proposal_id,obs_title,s_ra,x,target_name,qa2_passed,lastModified"
USED = {name: name for name in NAMES.split(",") if name != "x"}
TITLES = ('"Gas, and ""dust"""', "Gas")
NO_FIELDS = "it does not have as many fields as there are columns"


def line(n, **changes):
    """Of four rows each one project."""
    said = {
        "proposal_id": f"2017.1.{n // 8:05}.S", "obs_title": TITLES[n // 4 % 2], "s_ra": f"{n}.5", "x": "",
        "target_name": f"NGC {n}", "qa2_passed": "T", "lastModified": f"20{20 + n // 4}",
    }  # fmt: skip
    return ",".join((said | changes).values())


def row(n):
    return f"2017.1.{n // 8:05}.S", ('Gas, and "dust"', "Gas")[n // 4 % 2], n + 0.5, f"NGC {n}", "T", f"20{20 + n // 4}"


def read(path):
    """Rows by their lines, the lines that are refused, and whether lines were cut."""
    rows, refused, cut = {}, {}, False
    with csv_lines.Blocks(path) as blocks:
        for found in blocks.read(USED):
            values = [(*said[:2], float(said[2]), *said[3:]) for said in whole(found).select(list(USED)).rows()]
            rows |= dict(zip(found.lines.tolist(), values, strict=True))
            refused |= found.refused
            cut |= bool(found.runs)
        return rows, refused, cut


def whole(found):
    """Also with what its rows repeat."""
    runs = [each.texts[np.repeat(np.arange(len(each.rows)), each.rows)] for each in found.runs]
    return pl.concat([each for each in (found.rows, *runs) if each.width], how="horizontal")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("last", ["", "end"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_of_lines_that_are_cut_are_those_of_the_file(tmp_path, end, last):
    path = tmp_path / "rows.csv"
    written = end.join([NAMES, *map(line, range(300))])
    path.write_bytes((written + (end if last else "")).encode())

    assert read(path) == ({2 + n: row(n) for n in range(300)}, {}, True)


ODD = {
    "too long": (line(151) + ",more", NO_FIELDS),
    "too long in its middle": (line(151, target_name="NGC,151"), NO_FIELDS),
    "too short": (line(151).replace(",NGC 151", ""), NO_FIELDS),
    "too short at its end": (line(151, qa2_passed='"T,F"').rpartition(",")[0], NO_FIELDS),
    "beginning and end share a comma": ("2017.1.00018.S,Gas,T,2057", NO_FIELDS),
    "beginning is no text": (line(151, obs_title="caf\udce9"), "it is no text of UTF-8"),
    "middle is no text": (line(151, target_name="caf\udce9"), "it is no text of UTF-8"),
    "end is no text": (line(151, qa2_passed="caf\udce9"), "it is no text of UTF-8"),
}  # fmt: skip


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("odd", "why"), ODD.values(), ids=ODD)
def test_an_odd_line_among_lines_that_are_cut_is_refused_alone(tmp_path, capfd, odd, why):
    path = tmp_path / "rows.csv"
    lines = [line(n) for n in range(300)]
    lines[151] = odd
    path.write_bytes("\n".join([NAMES, *lines, ""]).encode(errors="surrogateescape"))

    assert read(path) == ({2 + n: row(n) for n in range(300) if n != 151}, {153: why}, True)
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("column", ["obs_title", "target_name", "qa2_passed"])
@pytest.mark.parametrize(
    ("written", "said", "more"),
    [('"a,b"', "a,b", 0), ('"a\nb"', "a\nb", 1), ('5" di"sh', '5" di"sh', 0), ('"the ""in"" one"', 'the "in" one', 0)],
)
def test_a_text_with_quotes_among_lines_that_are_cut_is_that_text(tmp_path, column, written, said, more):
    path = tmp_path / "rows.csv"
    lines = [line(n) for n in range(300)]
    lines[151] = line(151, **{column: written})
    path.write_text("\n".join([NAMES, *lines, ""]))

    rows, refused, cut = read(path)

    assert (refused, cut) == ({}, True)
    assert rows[153][list(USED).index(column)] == said
    assert {at: each for at, each in rows.items() if at != 153} == {
        2 + n + (more if n > 151 else 0): row(n) for n in range(300) if n != 151
    }


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("column", ["obs_title", "target_name", "qa2_passed"])
@pytest.mark.parametrize(
    ("written", "why"), [('"a,b"c', "line 153 is not CSV"), ('5" dish', "quotes of its last record")]
)
def test_quotes_that_are_not_those_of_a_field_are_no_csv(tmp_path, column, written, why):
    path = tmp_path / "rows.csv"
    lines = [line(n) for n in range(300)]
    lines[151] = line(151, **{column: written})
    path.write_text("\n".join([NAMES, *lines, ""]))

    with pytest.raises(csv_lines.NotCsvError, match=why):
        read(path)


@pytest.mark.usefixtures("small_blocks")
def test_a_beginning_and_an_end_are_not_found_in_the_same_comma(tmp_path):
    path = tmp_path / "rows.csv"
    lines = [f"2017.1.{n // 8:05}.S,NGC {n},T" for n in range(300)]
    lines[151] = "2017.1.00018.S,T"
    path.write_text("\n".join(["proposal_id,target_name,qa2_passed", *lines, ""]))

    with csv_lines.Blocks(path) as blocks:
        refused = [found.refused for found in blocks.read({name: name for name in blocks.names})]

    assert {at: why for each in refused for at, why in each.items()} == {153: NO_FIELDS}


ABSTRACT = "We observe, once more, the gas. " * 20
LONG = ["s_ra", "target_name", "pub_abstract", "proposal_id", "frequency", "x", "qa2_passed"]


def long_line(n, **changes):
    """As in exports of ALMA: what repeats most stands in between."""
    said = {
        "s_ra": f"{n}.5", "target_name": f"NGC {n}", "pub_abstract": f'"{n // 8} {ABSTRACT}"',
        "proposal_id": f"2017.1.{n // 8:05}.S", "frequency": f"{n}", "x": f"{n}", "qa2_passed": "T",
    }  # fmt: skip
    return ",".join((said | changes).values())


def read_long(path):
    """Rows by their lines, the lines that are refused, and the columns that were cut out."""
    rows, refused, apart = {}, {}, set()
    with csv_lines.Blocks(path) as blocks:
        for found in blocks.read({name: name for name in LONG if name not in ("s_ra", "frequency", "x")}):
            rows |= dict(zip(found.lines.tolist(), whole(found).rows(named=True), strict=True))
            refused |= found.refused
            apart |= {name for each in found.runs for name in each.texts.columns}
    return rows, refused, apart


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("odd", "said", "why"),
    [
        ({}, {}, None),
        ({"target_name": '"of ""We observe, once"""'}, {"target_name": 'of "We observe, once"'}, None),
        ({"target_name": f'"18 {ABSTRACT}"'}, {"target_name": f"18 {ABSTRACT}"}, None),
        ({"pub_abstract": f'"18 {ABSTRACT[:-1]}!"'}, {"pub_abstract": f"18 {ABSTRACT[:-1]}!"}, None),
        ({"pub_abstract": '"another,"'}, {"pub_abstract": "another,"}, None),
        (  # what stood in the column before, and one more behind
            {"target_name": f'"18 {ABSTRACT}"', "pub_abstract": "2017.1.00018.S", "proposal_id": "more"},
            {"target_name": f"18 {ABSTRACT}", "pub_abstract": "2017.1.00018.S", "proposal_id": "more"},
            None,
        ),
        ({"target_name": "NGC,151"}, None, NO_FIELDS),
        ({"pub_abstract": "caf\udce9"}, None, "it is no text of UTF-8"),
    ],
)
def test_long_texts_in_between_are_those_of_each_line(tmp_path, monkeypatch, odd, said, why):
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", 40_000)
    monkeypatch.setattr(csv_lines, "_AT_ONCE", 20_000)
    monkeypatch.setattr(csv_lines, "_SAMPLE", 10_000)
    path = tmp_path / "rows.csv"
    lines = [long_line(n, **(odd if n == 151 else {})) for n in range(300)]
    path.write_bytes("\n".join([",".join(LONG), *lines, ""]).encode(errors="surrogateescape"))

    rows, refused, pieces = read_long(path)

    assert pieces >= {"pub_abstract", "proposal_id"}
    assert refused == ({153: why} if why else {})
    for n in range(300):
        expected = {
            "target_name": f"NGC {n}", "pub_abstract": f"{n // 8} {ABSTRACT}",
            "proposal_id": f"2017.1.{n // 8:05}.S", "qa2_passed": "T",
        }  # fmt: skip
        if n != 151:
            assert rows[2 + n] == expected
        elif said is not None:
            assert rows[2 + n] == expected | said


@pytest.mark.usefixtures("small_blocks")
def test_numbers_that_lines_repeat_are_those_of_each_row(tmp_path):
    path = tmp_path / "rows.csv"
    lines = [f"2017.1.{n // 8:05}.S,{n // 4},NGC {n},{n // 6}.5,uid://A001/X1/X{n // 8}" for n in range(300)]
    path.write_text("\n".join(["proposal_id,access_estsize,target_name,pwv,obs_id", *lines, ""]))

    with csv_lines.Blocks(path) as blocks:
        found = list(blocks.read({name: name for name in blocks.names}))

    assert all(each.runs for each in found)
    assert all("pwv" not in runs.texts for each in found for runs in each.runs)
    rows = pl.concat([each.rows.select("access_estsize", "pwv", "obs_id") for each in found]).rows()
    assert rows == [(n // 4, n // 6 + 0.5, f"uid://A001/X1/X{n // 8}") for n in range(300)]


@pytest.mark.usefixtures("small_blocks")
def test_lines_that_share_nothing_are_read_whole(tmp_path):
    path = tmp_path / "rows.csv"
    lines = [line(n * 8, lastModified=str(n)) for n in range(50)]
    path.write_text("\n".join([NAMES, *lines, ""]))

    rows, refused, cut = read(path)

    assert list(rows.values()) == [(*row(n * 8)[:-1], str(n)) for n in range(50)]
    assert (refused, cut) == ({}, False)


def test_a_pipe_is_read_like_a_file(tmp_path):
    path = tmp_path / "rows.csv"
    os.mkfifo(path)
    writing = threading.Thread(target=path.write_text, args=("\n".join([NAMES, *map(line, range(300)), ""]),))
    writing.start()

    rows, refused, _ = read(path)

    writing.join()
    assert (rows, refused) == ({2 + n: row(n) for n in range(300)}, {})
