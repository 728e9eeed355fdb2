"""`manage.py search`: the criteria as options, as whoever one says one is."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from archive.management.commands.search import Command
from archive.models import Project
from archive.search.parameters import PARAMETERS
from tests import make, observations

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mous(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    made = make.mous(release_at=make.LONG_AGO, pi=make.user("vega"))
    observations.observation(made)
    observations.observation(made, "[bold]TW Hya", bands=8, spw=27)
    return made


def told(*words):
    out = io.StringIO()
    call_command("search", *words, stdout=out)
    return out.getvalue()


def test_every_parameter_is_an_option():
    options = {action.dest for action in Command().create_parser("manage.py", "search")._actions}

    assert {parameter.name for parameter in PARAMETERS} <= options
    assert isinstance(Command(), BaseCommand)


def test_rows_are_a_table():
    found = told("--target", "ngc 1052")

    assert "2023.1.00101.S" in found
    assert "NGC1052" in found
    assert "TW Hya" not in found


def test_a_name_is_shown_as_it_is_written():
    assert "[bold]TW Hya" in told("--band", "3")


def test_several_values_and_an_order_that_begins_with_a_dash():
    assert told("--target", "NGC1052", "--target", "*TW Hya", "--sort=-project").count("2023.1.00101.S") == 2


def test_more_pages_are_announced():
    assert "add --cursor=" in told("--limit", "1")


def test_counts_facets_and_files():
    assert told("--count").strip() == "2"
    assert "band=3\t1" in told("--facets", "--resolution", "..9arcsec")
    rows = list(csv.DictReader(io.StringIO(told("--format", "csv", "--band", "6"))))
    assert [row["target_name"] for row in rows] == ["NGC1052"]
    assert told("--format", "votable").endswith("</VOTABLE>\n")


def test_one_looks_as_nobody_or_as_who_is_named():
    Project.objects.update(confidential=True)

    assert told("--count").strip() == "0"
    assert told("--count", "--as", "vega").strip() == "2"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--colour", "red"], "--colour"),
        (["--band", "17"], "band"),
        (["--as", "nobody"], "nobody"),
        (["--format", "xls"], "xls"),
        (["--scope", "mine"], "scope"),
        (["--count", "--limit", "1"], "limit"),
        (["--facets", "--sort", "released"], "sort"),
        (["--format", "csv", "--cursor", "x"], "cursor"),
        (["--format", "csv", "--count"], "--format"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(words, named):
    with pytest.raises(CommandError, match=named):
        told(*words)
