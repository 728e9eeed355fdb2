"""Search for programs: rows, counts, facets, lists and files, for each caller what she may know of."""

import csv
import io
import json

import pytest
from django.test import Client

from archive.models import Project
from archive.search.parameters import PARAMETERS
from tests import make, observations, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    """A public MOUS with two sources, one of them in two windows."""
    made = make.mous(release_at=make.LONG_AGO, pi=make.user("vega"))
    observations.observation(made)
    observations.observation(made, spw=27, low_hz=232.4e9, high_hz=232.6e9)
    observations.observation(made, "TW Hya", at=(165.4659, -34.7047))
    return made


@pytest.fixture
def locked():
    """A proprietary MOUS of the same PI in another band and array."""
    made = make.mous("uid://A001/X9/X9", code="2022.1.00009.S", pi=make.user("vega"), array="7m")
    observations.observation(made, "tw_hya", at=(165.4659, -34.7047), bands=8, array=2)
    return made


def asked(path="", client=None, status=200, **query):
    answer = (client or Client()).get(f"/api/search/{path}", query)
    assert answer.status_code == status, answer.content
    return answer.json()


def names(found):
    return sorted(row["target_name"] for row in found["rows"])


def test_rows_come_with_almas_names_and_the_lock(mous, locked):
    found = asked(target="TWHya")

    assert names(found) == ["TW Hya", "tw_hya"]
    by_name = {row["target_name"]: row for row in found["rows"]}
    public, proprietary = by_name["TW Hya"], by_name["tw_hya"]
    assert (public["readable"], proprietary["readable"]) == (True, False)
    assert (public["proposal_id"], public["member_ous_uid"]) == (mous.project.code, mous.uid)
    assert (public["s_ra"], public["s_dec"], public["band_list"]) == (165.4659, -34.7047, "6")
    assert public["frequency"] == pytest.approx(230.538)
    assert (public["qa2"], public["array"], public["mous"]) == ("PASS", "12m", mous.name)
    assert proprietary["data_rights"] == "Proprietary"
    assert found["next"] is None


def test_the_pi_finds_her_data_open(mous, locked):
    found = asked(client=people.client(make.user("vega"), "token"), scope="mine")

    assert len(found["rows"]) == 4
    assert all(row["readable"] for row in found["rows"])


def test_what_is_mine_needs_a_name(mous):
    assert asked(scope="mine", status=401)["error"]["sentence"].startswith("scope: ")


def test_pages_follow_each_other_and_have_each_row_once(mous, locked):
    rows, address = [], "/api/search/?limit=1"
    while address:
        answer = Client().get(address).json()
        rows, address = rows + answer["rows"], answer["next"]

    assert len(rows) == 4
    assert len({(row["member_ous_uid"], row["target_name"], row["spw"]) for row in rows}) == 4
    assert [row["proposal_id"] for row in rows] == sorted(row["proposal_id"] for row in rows)


def test_counts_and_facets_have_addresses_of_their_own(mous, locked):
    assert asked("count/") == {"rows": 4, "more": False}
    assert asked("count/", band="3") == {"rows": 1, "more": False}
    assert {each["value"]: each["rows"] for each in asked("facets/", resolution="..9arcsec")["facets"]["array"]} == {
        "12m": 3,
        "7m": 1,
    }


@pytest.mark.parametrize("path", ["", "count/", "facets/"])
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"band": "17"}, "band"),
        ({"position": "here"}, "position"),
        ({"position": "1 1", "radius": "200deg"}, "radius"),
        ({"frequency": "231..230GHz"}, "frequency"),
        ({"resolution": "fine"}, "resolution"),
        ({"scope": "yours"}, "scope"),
        ({"observed": "2023-13"}, "observed"),
        ({"cursor": "x"}, "cursor"),
        ({"format": "csv"}, "format"),
        ({"pi": " ; "}, "pi"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(path, query, named):
    error = asked(path, status=400, **query)["error"]

    assert named in error["sentence"]
    assert error["remedy"]


def test_a_wrong_suffix_is_answered_with_the_code_that_there_is(mous):
    error = asked(project="2023.1.00101.L", status=404)["error"]

    assert "2023.1.00101.S" in error["remedy"]


def test_a_token_needs_the_scope(mous):
    vega = make.user("vega")
    for scopes, status in ((("search",), 200), (("download",), 403)):
        answer = Client().get("/api/search/", headers={"Authorization": people.token(vega, scopes)})
        assert answer.status_code == status


def test_every_parameter_is_described(client):
    described = client.get("/api/schema/", headers={"Accept": "application/json"}).json()["paths"]["/api/search/"][
        "get"
    ]

    assert {each["name"] for each in described["parameters"]} == {parameter.name for parameter in PARAMETERS}
    assert all(each["description"] for each in described["parameters"])


@pytest.mark.parametrize(
    ("name", "usual"),
    [("scope", "all"), ("sort", "project"), ("match", "center"), ("radius", "1arcmin"), ("limit", "50")],
)
def test_it_is_said_what_a_parameter_is_that_is_not_given(client, name, usual):
    schema = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    (words,) = (
        each["description"] for each in schema["paths"]["/api/search/"]["get"]["parameters"] if each["name"] == name
    )

    assert f"{usual} unless it is said." in words


def sent(body, status=200):
    answer = Client().post("/api/search/list/", json.dumps(body), content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_every_line_of_a_list_is_answered(mous, locked):
    lines = ["TW Hya", "", "nobody", "40.26999 -8.25576", "95 95"]

    answers = {each["line"]: each for each in sent({"lines": lines, "radius": "5arcsec"})["answers"]}

    assert sorted(answers) == [1, 3, 4, 5]
    assert (answers[1]["matches"], answers[3]["matches"], answers[4]["matches"]) == (2, 0, 2)
    assert {row["target_name"] for row in answers[4]["rows"]} == {"NGC1052"}
    assert answers[5]["problem"]
    assert answers[1]["problem"] is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "lines"),
        ({"lines": 7}, "lines"),
        ({"lines": ["x"], "radius": "big"}, "big"),
        ({"lines": ["x"], "colour": "red"}, "colour"),
        ({"lines": ["x"] * 10_001}, "10"),
    ],
)
def test_a_list_that_is_none_is_refused(body, named):
    assert named in sent(body, status=400)["error"]["sentence"]


def test_what_stands_in_the_address_of_a_list_is_not_ignored(mous):
    answer = Client().post("/api/search/list/?radius=1arcmin", {"lines": ["TW Hya"]}, content_type="application/json")

    assert (answer.status_code, answer.json()["error"]["sentence"][:7]) == (400, "radius:")


def test_half_of_a_letter_is_no_text():
    answer = Client().post("/api/search/list/", r'{"lines": ["TW \ud800 Hya"]}', content_type="application/json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse-error")
    assert sent({"lines": ["\U0001f52d"]})["answers"]


def test_a_body_nested_without_end_is_refused():
    body = f'{{"lines": {"[" * 100_000}{"]" * 100_000}}}'

    answer = Client().post("/api/search/list/", body, content_type="application/json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parse-error")


def test_a_body_that_is_too_large_is_refused_as_all_else_is(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    error = sent({"lines": ["TW Hya"] * 1000}, status=413)["error"]

    assert "1000 bytes" in error["sentence"]
    assert error["remedy"]


def test_an_export_has_all_rows(mous, locked):
    answer = Client().get("/api/search/export/?format=csv")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == 4
    assert {row["readable"] for row in rows} == {"T", "F"}
    assert answer["Content-Disposition"] == "attachment; filename=altiplano-search.csv"
    lines = b"".join(Client().get("/api/search/export/?format=jsonl&band=3")).splitlines()
    assert [json.loads(line).get("target_name") for line in lines] == ["tw_hya", None]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?format=xls",
        "?format=csv&colour=red",
        "?format=csv&band=17",
        "?format=csv&limit=9",
        "?format=csv&format=jsonl",
    ],
)
def test_an_export_of_what_cannot_be_is_refused_before_it_begins(query):
    answer = Client().get(f"/api/search/export/{query}", headers={"Accept": "text/csv"})

    assert answer.status_code == 400
    assert answer.json()["error"]["sentence"]


def test_nobody_learns_of_what_is_hidden(mous, locked):
    Project.objects.filter(code=locked.project.code).update(confidential=True)

    assert names(asked(target="TWHya")) == ["TW Hya"]
    assert asked("count/") == {"rows": 3, "more": False}
    assert [each["value"] for each in asked("facets/", resolution="..9arcsec")["facets"]["array"]] == ["12m"]
    assert sent({"lines": ["TW Hya"]})["answers"][0]["matches"] == 1
    assert len(b"".join(Client().get("/api/search/export/?format=jsonl")).splitlines()) == 4
    assert names(asked(client=people.client(make.user("vega")), target="TWHya")) == ["TW Hya", "tw_hya"]
