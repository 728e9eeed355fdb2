"""What packages do not hold: facts files, checked whole, applied to what is indexed."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from archive.facts import FactsError, apply_facts, note_missing, read_facts
from archive.models import Finding, MemberOUS
from tests import make

pytestmark = pytest.mark.django_db
ROWS = (
    "proposal_id,member_ous_uid,obs_release_date,qa2_passed,schedblock_name\n"
    f"b'{make.CODE}',b'{make.MOUS}',b'2019-01-31T18:33:08.000',b'F',b'NGC3504_a_06_TM2'\n"
)


@pytest.fixture
def facts_file(tmp_path):
    def write(content, name="facts.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ([], "must hold an object"),
        ({"projects": []}, "projects must be an object"),
        ({"mous": None}, "mous must be an object"),
        ({"projects": {make.CODE: None}}, "must be an object"),
        ({"projects": {make.CODE: {"pi": None}}}, "pi of .* is None; it must be a text"),
        ({"projects": {make.CODE: {"pi": " "}}}, "pi of .* is empty"),
        ({"projects": {make.CODE: {"pi": "x" * 151}}}, "150 are the most"),
        ({"projects": {make.CODE: {"title": 7}}}, "title of .* must be a text"),
        ({"mous": {make.MOUS: {"qa2_comment": ["x"]}}}, "qa2_comment of .* must be a text"),
        ({"mous": {make.MOUS: {"qa2": None}}}, "must be PASS"),
        ({"mous": {make.MOUS: {"release_at": None}}}, "not an ISO 8601 time"),
        ({"mous": {make.MOUS: {"release_at": "0001-01-01T00:00:00+05:00"}}}, "beyond the calendar"),
        ({"mous": {make.MOUS: {"sb_name": "x" * 129}}}, "128 are the most"),
        ("{", "cannot be read"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused_with_a_sentence(facts_file, facts, says):
    with pytest.raises(FactsError, match=says):
        read_facts(facts_file(facts))


def test_load_facts_applies_facts_without_an_ingestion(facts_file, capsys):
    mous = make.mous()

    call_command("load_facts", facts_file({"mous": {make.MOUS: {"release_at": "2025-05-02T10:00:00Z"}}}))

    mous.refresh_from_db()
    assert mous.release_at == datetime(2025, 5, 2, 10, tzinfo=UTC)
    assert capsys.readouterr().out == f"applied: {make.MOUS}\n"


def test_load_facts_names_what_is_not_indexed_and_ends_with_status_1(facts_file, capsys):
    make.mous()
    facts = {"projects": {make.CODE: {"title": "Gas"}, "2031.1.00001.S": {"title": "x"}}, "mous": {"A001/X1/X2": {}}}

    with pytest.raises(SystemExit) as end:
        call_command("load_facts", facts_file(facts))

    assert end.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"applied: {make.CODE}", "not indexed: 2031.1.00001.S", "not indexed: A001/X1/X2",
    ]  # fmt: skip


def test_load_facts_takes_obscore_rows_and_leaves_out_bad_lines(facts_file, capsys):
    mous = make.mous()
    rows = ROWS + ROWS.splitlines()[1].replace("2019-01-31", "never") + "\n"

    with pytest.raises(SystemExit):
        call_command("load_facts", facts_file(rows, "obscore.csv"))

    mous.refresh_from_db()
    assert (mous.release_at, mous.qa2_state) == (datetime(2019, 1, 31, 18, 33, 8, tzinfo=UTC), "FAIL")
    assert mous.sb_name == "NGC3504_a_06_TM2"
    assert "Line 3 was left out" in capsys.readouterr().err


def test_a_pass_in_obscore_leaves_the_state_as_it_is(facts_file):
    mous = make.mous(qa2_state="SEMIPASS")

    call_command("load_facts", facts_file(ROWS.replace("b'F'", "b'T'"), "obscore.csv"))

    mous.refresh_from_db()
    assert mous.qa2_state == "SEMIPASS"


def test_obscore_without_its_columns_is_refused(facts_file):
    with pytest.raises(CommandError, match="no column proposal_id"):
        call_command("load_facts", facts_file("code,release\n1,2\n", "obscore.csv"))


def test_every_mous_that_facts_complete_leaves_the_list_of_staff():
    first, second = make.mous(), make.mous("uid://A001/X3621/X600")
    for mous in (first, second):
        note_missing(mous)
    assert Finding.objects.filter(code="no-facts", settled_at=None).count() == 2

    apply_facts({"projects": {make.CODE: {"pi": "alma_pi"}}})

    assert not Finding.objects.filter(code="no-facts", settled_at=None).exists()
    assert MemberOUS.objects.filter(gous__project__pi__name="alma_pi").count() == 2


@pytest.mark.parametrize("uid", ["2011.0.00340.S_2012-12-05", "uid://A002/X477d13/X1f"])
def test_a_cycle_0_delivery_takes_facts_by_its_id_also_when_it_has_a_uid(facts_file, uid):
    mous = make.mous(uid, code="2011.0.00340.S", delivery_id="2011.0.00340.S_2012-12-05")

    facts = read_facts(facts_file({"mous": {"2011.0.00340.S_2012-12-05": {"delivered_at": "2012-12-05T00:00:00Z"}}}))
    assert apply_facts(facts).unknown == []

    mous.refresh_from_db()
    assert mous.release_at == datetime(2013, 12, 5, tzinfo=UTC)
