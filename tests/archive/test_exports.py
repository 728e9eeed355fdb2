"""Rows as CSV, VOTable and JSON lines, read back with readers that are not ours."""

import csv
import io
import json
import warnings
from contextlib import suppress

import pytest
from astropy.io import votable

from archive import exports
from archive.exports.columns import COLUMNS, NAMES

ROW = {
    "target_name": "NGC 1052",
    "s_ra": 40.26999,
    "s_dec": -8.25576,
    "calib_level": 2,
    "t_exptime": 1234.5,
    "frequency": 230.538,
    "access_estsize": 5_000_000_000,
    "science_keyword": ["Active galaxies", "Outflows"],
    "is_mosaic": False,
    "readable": True,
    "obs_creator_name": "Pérez Ñandú",
    "obs_title": 'Gas & dust <in> "NGC 1052" ]]>',
}


def written(rows, name):
    return b"".join(exports.pieces(iter(rows), exports.FORMATS[name]))


def read_table(rows):
    return votable.parse_single_table(io.BytesIO(written(rows, "votable")), verify="exception")


def read_csv(rows):
    return list(csv.DictReader(io.StringIO(written(rows, "csv").decode(), newline="")))


def test_a_votable_has_what_was_found_as_astropy_reads_it():
    table = read_table([ROW, {"target_name": "second"}])

    first, second = table.array
    assert (first["target_name"], first["obs_title"]) == (ROW["target_name"], ROW["obs_title"])
    assert (first["s_ra"], first["s_dec"], first["t_exptime"]) == (40.26999, -8.25576, 1234.5)
    assert first["access_estsize"] == 5_000_000_000
    assert first["obs_creator_name"] == "Pérez Ñandú"
    assert first["science_keyword"] == "Active galaxies Outflows"
    assert (first["is_mosaic"], first["readable"]) == ("F", "T")
    assert table.array.mask["t_exptime"].tolist() == [False, True]
    assert second["target_name"] == "second"


def test_a_votable_takes_names_of_any_letters_and_ids_made_of_them():
    named = {"target_name": "β Pictoris", "obs_id": "uid://A001/X1/X2.source.β Pictoris.spw.25"}

    with warnings.catch_warnings(action="error"):
        table = read_table([named])

    assert dict(zip(named, table.array[list(named)][0], strict=True)) == named


def test_its_columns_are_those_of_alma_with_unit_ucd_and_utype():
    """Transcribed from what ALMA's own service answers."""
    fields = {field.name: field for field in read_table([ROW]).fields}

    assert list(fields) == list(NAMES)
    assert (str(fields["s_ra"].unit), fields["s_ra"].ucd) == ("deg", "pos.eq.ra")
    assert fields["s_ra"].utype == "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1"
    assert (str(fields["frequency"].unit), str(fields["sensitivity_10kms"].unit)) == ("GHz", "mJy / beam")
    assert fields["proposal_id"].ucd == "meta.id;obs.proposal"
    assert len(COLUMNS) == 72 + 5


@pytest.mark.parametrize("hostile", ["</TD></TR><TR><TD>x", "a\x00b\x1fc", "\ud800", "&amp;", "]]>", "\n\ttext"])
def test_no_text_leaves_its_cell(hostile):
    table = read_table([{"obs_title": hostile, "target_name": "next"}])

    assert len(table.array) == 1
    assert table.array[0]["target_name"] == "next"


def test_an_export_without_rows_is_whole():
    assert len(read_table([]).array) == 0
    assert read_csv([]) == []
    assert json.loads(written([], "jsonl")) == {"complete": True, "rows": 0}


def broken():
    yield ROW
    yield ROW
    raise ConnectionError


def until_it_breaks(lines):
    with suppress(ConnectionError):
        yield from lines


@pytest.mark.parametrize(("name", "end"), [("votable", "</VOTABLE>"), ("jsonl", '"complete"')])
def test_a_file_that_broke_off_is_told_from_a_whole_one(name, end):
    told = b"".join(until_it_breaks(exports.pieces(broken(), exports.FORMATS[name])))

    assert end not in told.decode()
    assert end in written([ROW], name).decode().splitlines()[-1]


def test_a_csv_that_broke_off_says_so(monkeypatch):
    monkeypatch.setattr(exports, "PIECE", 2)

    told = b"".join(until_it_breaks(exports.pieces(broken(), exports.FORMATS["csv"]))).decode().splitlines()

    assert len(told) == 3
    assert told[-1].startswith("THIS FILE IS NOT COMPLETE")
    assert "NOT COMPLETE" not in written([ROW], "csv").decode()


def test_a_reader_who_leaves_ends_the_rows_too():
    closed = []

    def rows():
        try:
            while True:
                yield ROW
        finally:
            closed.append(True)

    sent = exports.pieces(rows(), exports.FORMATS["csv"])
    next(sent)
    sent.close()

    assert closed == [True]


def test_json_lines_keep_types_and_end_in_the_number_of_rows():
    first, last = map(json.loads, written([ROW], "jsonl").splitlines())

    assert last == {"complete": True, "rows": 1}
    assert {name: first[name] for name in ROW} == ROW
    assert first["s_region"] is None


def test_csv_keeps_numbers_plain_and_texts_exact():
    row = {"s_dec": -8.25576, "target_name": "-28_04", "obs_title": '"a", b\nc', "asdm_uid": None, "calib_level": 0}

    told = read_csv([row])[0]

    assert (told["s_dec"], told["target_name"], told["obs_title"]) == ("-8.25576", "-28_04", row["obs_title"])
    assert (told["asdm_uid"], told["calib_level"]) == ("", "0")


@pytest.mark.parametrize(
    "formula",
    ['=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "@SUM(A1)", " =1+f(2)", "-2+3+cmd|x!A0", "＝f(1)"],  # noqa: RUF001
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(formula):
    assert read_csv([{"target_name": formula}])[0]["target_name"] == f"'{formula}"


@pytest.mark.parametrize("name", ["+IRAS 4A", "-28_04", "=x", "Union ICRS ( Circle 1 2 3 )", "J0423-0120"])
def test_names_that_only_look_odd_are_left_alone(name):
    assert read_csv([{"target_name": name}])[0]["target_name"] == name


def test_lines_are_sent_many_at_a_time():
    pieces = list(exports.pieces(iter([ROW] * 450), exports.FORMATS["csv"]))

    assert len(pieces) == 3
    assert sum(piece.count(b"\n") for piece in pieces) == 451
