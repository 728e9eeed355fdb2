"""Projects, member ObsUnitSets and delegations as programs see them."""

import pytest
from django.urls import reverse

from tests import make, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.restorable_mous(pi=make.user("pi"))


def post(client, sent):
    return client.post(reverse("api-delegations"), sent, content_type="application/json")


def test_the_description_is_public_while_the_data_are_not(client, mous):
    project = client.get("/api/projects/2023.1.00101.S/").json()
    told = client.get(f"/api/mous/{mous.name}/").json()

    assert (project["code"], project["pi"]) == ("2023.1.00101.S", "pi")
    assert [(row["uid"], row["readable"]) for row in project["mous"]] == [(mous.uid, False)]
    assert (told["uid"], told["readable"], told["project"]) == (mous.uid, False, project["code"])
    assert [eb["uid"] for eb in told["ebs"]] == [make.FIRST_EB, make.SECOND_EB]
    assert [spw["virtual"] for spw in told["ebs"][1]["spws"]] == [25, 27]
    assert {source["name"] for source in told["sources"]} == {"NGC1052", "J0423-0120", "J0241-0815"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/mous/uid://A001/X1/X2/", "unknown-mous"),
        ("/api/mous/rubbish/", "unknown-mous"),
        ("/api/projects/2023.1.00999.S/", "unknown-project"),
        ("/api/products/?mous=rubbish", "unknown-mous"),
        ("/api/projects/2023.1.00999.S%00/", "unknown-project"),
        ("/api/mous/uid%00/", "unknown-mous"),
        ("/api/nothing/", "not-found"),
    ],
)
def test_what_is_not_there_is_a_sentence(client, mous, path, code):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["sentence"]


def test_the_pi_grants_lists_and_revokes(mous):
    pi = people.client(make.user("pi"), "token")
    make.user("friend")

    made = post(pi, {"project": mous.project.code, "delegee": "friend"})
    assert made.status_code == 201
    assert made.json()["delegee"] == "friend"
    assert made.json()["revoked_at"] is None

    assert pi.delete(reverse("api-delegation", args=[made.json()["id"]])).status_code == 204
    assert pi.get(reverse("api-delegations")).json()["results"][0]["revoked_at"]


def test_a_stranger_cannot_grant_nor_see(mous):
    made = post(people.client(make.user("pi")), {"project": mous.project.code, "delegee": make.user("friend").username})
    stranger = people.client(make.user("stranger"))

    assert post(stranger, {"project": mous.project.code, "delegee": "friend"}).status_code == 403
    assert stranger.get(reverse("api-delegations")).json() == {"results": []}
    assert stranger.delete(reverse("api-delegation", args=[made.json()["id"]])).status_code == 404


def test_a_delegee_sees_but_does_not_end_her_delegation(mous):
    made = post(people.client(make.user("pi")), {"project": mous.project.code, "delegee": make.user("friend").username})
    address = reverse("api-delegation", args=[made.json()["id"]])
    friend = people.client(make.user("friend"))

    assert friend.get(address).json()["project"] == mous.project.code
    assert friend.delete(address).status_code == 403


@pytest.mark.parametrize(
    ("sent", "code", "word"),
    [
        ({"project": "2023.1.00101.S"}, "missing-parameter", "delegee"),
        ({"project": "2023.1.00101.S", "delegee": "x", "until": "2030"}, "unknown-parameter", "until"),
        ({"project": "2023.1.00101.S", "delegee": ["x"]}, "bad-parameter", "delegee"),
        ({"project": "2023.1.00101.S", "delegee": "x\0y"}, "bad-parameter", "delegee"),
        (["project"], "bad-parameter", "object"),
        ({"project": "2023.1.00101.S", "delegee": "nobody"}, "unknown-account", "nobody"),
    ],
)
def test_a_grant_that_is_not_understood_is_refused_by_name(mous, sent, code, word):
    answer = post(people.client(make.user("pi")), sent)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert word in answer.json()["error"]["sentence"]


def test_anonymous_callers_are_asked_for_a_token(client):
    answer = client.get(reverse("api-delegations"))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["error"]["code"] == "not-authenticated"


def test_broken_json_and_other_kinds_of_body_are_told_in_the_same_shape(mous):
    pi = people.client(make.user("pi"))
    broken = pi.post(reverse("api-delegations"), "{", content_type="application/json")
    form = pi.post(reverse("api-delegations"), {"project": "x"})

    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "parse-error")
    assert (form.status_code, form.json()["error"]["code"]) == (415, "unsupported-media-type")


def test_a_session_without_csrf_token_changes_nothing(mous):
    pi = people.client(make.user("pi"))
    pi.handler.enforce_csrf_checks = True

    answer = post(pi, {"project": mous.project.code, "delegee": "friend"})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission-denied"


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token wrong", "Token " + "0" * 64, "Token ÿ"])
def test_a_wrong_token_is_401_and_not_anonymous(mous, client, header):
    assert client.get(f"/api/mous/{mous.name}/", headers={"Authorization": header}).status_code == 401
