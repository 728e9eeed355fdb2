"""Asking for a restore or an image and following it, over HTTP."""

import uuid

import pytest
from django.urls import reverse

from archive.models import MemberOUS
from archive.staff import Role
from products.models import CubeSlot
from restores import phases
from restores.models import Phase, Request
from tests import make, people

pytestmark = pytest.mark.django_db
CUBE = {"spw": 25, "mode": "frequency", "start": "230.538GHz", "width": "1MHz", "nchan": 10}


@pytest.fixture
def mous():
    return make.restorable_mous(pi=make.user("pi"))


@pytest.fixture
def pi(mous):
    return people.client(make.user("pi"), "token")


def post(client, route, sent):
    return client.post(reverse(route), sent, content_type="application/json")


def ask_image(client, mous, **changes):
    return post(client, "api-images", {"mous": mous.uid, "source": "NGC1052", "cubes": [CUBE]} | changes)


def test_a_restore_is_asked_for_followed_and_ended(pi, mous):
    made = post(pi, "api-restores", {"mous": mous.name})
    assert made.status_code == 201
    assert made.json()["phase"] == "QUEUED"
    address = made.json()["url"]
    assert address == f"http://testserver/api/restores/{made.json()['id']}/"

    told = pi.get(address).json()
    assert told["progress"] == {"stage": "", "fraction": 0.0}
    assert [change["phase"] for change in told["history"]] == ["QUEUED"]
    assert (told["error"], told["products"], told["mous"]) == (None, [], mous.uid)

    assert pi.delete(address).status_code == 204
    assert pi.get(address).json()["phase"] == "ABORTED"
    assert pi.delete(address).status_code == 409


def test_an_image_takes_the_place_of_its_source_and_gives_it_back(pi, mous):
    made = ask_image(pi, mous)
    assert made.status_code == 201
    assert made.json()["asked"]["source"] == "NGC1052"
    assert CubeSlot.objects.count() == 1

    second = ask_image(pi, mous)
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "cube-exists"

    assert pi.delete(made.json()["url"]).status_code == 204
    assert ask_image(pi, mous).status_code == 201


@pytest.mark.parametrize(("role", "named"), [("pi", True), ("operator", True), ("unassigned staff", False)])
def test_who_holds_the_place_of_a_cube_is_told_to_whom_it_concerns(mous, role, named):
    cast = people.cast(mous) | {"operator": make.staff("operator", Role.OPERATOR)}
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    assert ask_image(people.client(cast["delegee"]), mous).status_code == 201

    answer = ask_image(people.client(cast[role]), mous)

    facts = answer.json()["error"]["facts"]
    assert answer.status_code == 409
    assert facts == {
        "phase": "QUEUED",
        "date": CubeSlot.objects.get().reserved_at.date().isoformat(),
        "product": None,
        "holder": "delegee" if named else None,
        "replaces": None,
    }
    assert (b" by delegee " in answer.content) is named


def test_a_second_restore_names_the_first_in_fields(pi, mous):
    first = post(pi, "api-restores", {"mous": mous.uid}).json()

    error = post(pi, "api-restores", {"mous": mous.uid}).json()["error"]

    assert error["code"] == "restore-running"
    assert error["facts"] == {"request": first["id"], "phase": "QUEUED"}


def test_two_cubes_of_one_source_are_one_too_many(pi, mous):
    answer = ask_image(pi, mous, cubes=[CUBE, CUBE | {"spw": 27}])

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "one-cube-per-source"


@pytest.mark.parametrize(
    ("route", "sent", "word"),
    [
        ("api-restores", {"mous": make.MOUS, "casaversion": "6.5"}, "casaversion"),
        ("api-images", {"mous": make.MOUS, "source": "NGC1052", "cube": []}, "cube"),
        ("api-images", {"mous": make.MOUS, "source": "NGC1052", "cubes": [CUBE | {"restferq": "1GHz"}]}, "restferq"),
    ],
)
def test_a_misspelt_key_is_refused_by_name(pi, route, sent, word):
    answer = post(pi, route, sent)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unknown-parameter"
    assert word in answer.json()["error"]["sentence"]


@pytest.mark.parametrize("sent", [{}, [], None, {"mous": 7}, {"mous": None}, {"mous": ""}, "uid://A001/X1/X2"])
def test_a_body_without_a_mous_is_refused(pi, sent):
    assert post(pi, "api-restores", sent).status_code == 400


def test_an_unknown_mous_is_not_found(pi):
    assert post(pi, "api-restores", {"mous": "uid://A001/X1/X2"}).status_code == 404


def test_a_refusal_before_queueing_carries_its_code_and_way_out(pi, mous):
    mous.array = "TP"
    mous.save()

    answer = post(pi, "api-restores", {"mous": mous.uid})

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "total-power"
    assert answer.json()["error"]["remedy"]
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"),
    [("anonymous", 401), ("stranger", 403), ("revoked", 403), ("unassigned staff", 403), ("delegee", 201)],
)
def test_work_on_proprietary_data_is_for_those_who_may_have_them(mous, role, status):
    caller = people.client(people.cast(mous)[role])

    assert post(caller, "api-restores", {"mous": mous.uid}).status_code == status


@pytest.mark.parametrize("route", ["api-restore", "api-image"])
def test_a_request_is_there_for_its_owner_and_operators_alone(pi, mous, route):
    made = post(pi, "api-restores", {"mous": mous.uid}) if route == "api-restore" else ask_image(pi, mous)
    address = made.json()["url"]
    cast = people.cast(mous) | {"operator": make.staff("operator", Role.OPERATOR)}

    seen = {role: people.client(person).get(address).status_code for role, person in cast.items()}

    assert seen == {
        "anonymous": 401,
        "stranger": 404,
        "pi": 200,
        "delegee": 404,
        "revoked": 404,
        "assigned staff": 404,
        "unassigned staff": 404,
        "operator": 200,
    }
    assert people.client(cast["delegee"]).delete(address).status_code == 404
    assert people.client(cast["delegee"]).get(reverse(f"{route}s")).json()["count"] == 0


def test_a_restore_is_not_found_among_the_images(pi, mous):
    made = post(pi, "api-restores", {"mous": mous.uid}).json()

    assert pi.get(reverse("api-image", args=[made["id"]])).status_code == 404
    assert pi.delete(reverse("api-image", args=[made["id"]])).status_code == 404
    assert pi.get(reverse("api-restore", args=[uuid.uuid4()])).status_code == 404


def test_a_failed_request_tells_why_and_what_to_do(pi, mous):
    made = Request.objects.get(pk=post(pi, "api-restores", {"mous": mous.uid}).json()["id"])
    phases.move(
        made,
        Phase.ERROR,
        error_code="input-damaged",
        error_sentence="The raw file x.tar is damaged.",
        error_remedy="Ask the helpdesk.",
    )

    told = pi.get(reverse("api-restore", args=[made.pk])).json()

    assert told["phase"] == "ERROR"
    assert told["error"] == {
        "code": "input-damaged",
        "sentence": "The raw file x.tar is damaged.",
        "remedy": "Ask the helpdesk.",
    }


def test_a_finished_request_names_its_products(pi, mous):
    made = post(pi, "api-restores", {"mous": mous.uid}).json()
    kept = make.product(mous, "uid___A002_X1_X2.ms.tar", "measurement_set", origin="restored", request_id=made["id"])

    told = pi.get(made["url"]).json()["products"]

    assert [(row["id"], row["readable"]) for row in told] == [(str(kept.pk), True)]
