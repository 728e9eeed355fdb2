"""Pages of decisions: the PI and staff read the history, archive scientists decide, others are told nothing."""

import pytest
from django.urls import reverse

from archive import decide
from archive.models import Decision, StaffAssignment
from archive.staff import Role, has_role
from tests import make, people

pytestmark = pytest.mark.django_db
REASON = {"reason": "asked for by the ARC"}


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


@pytest.fixture
def scientist():
    return people.client(make.staff("astrid", Role.ARCHIVE_SCIENTIST))


def page(mous):
    return reverse("mous-decisions", args=[mous.name])


def project_page(mous):
    return reverse("project-decisions", args=[mous.project.code])


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("address", [page, project_page])
def test_who_reads_what_was_decided(mous, address):
    by = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    decide.change_qa2(mous, "FAIL", by=by, reason="bandpass is wrong", now=make.NOW)
    cast = people.cast(mous)
    cast |= {role: make.staff(role.replace(" ", "_"), role) for role in Role}

    seen = {who: people.client(person).get(address(mous)) for who, person in cast.items()}

    may = {"pi", "assigned staff", *Role}
    assert {who for who, answer in seen.items() if answer.status_code == 200} == may
    assert {who for who, answer in seen.items() if "bandpass is wrong" in text(answer)} == may
    assert seen["stranger"].status_code == seen["delegee"].status_code == 403
    assert "astrid" not in text(seen["pi"])
    assert "astrid" in text(seen[Role.OPERATOR])
    assert {who for who, answer in seen.items() if b'name="decision"' in answer.content} == {Role.ARCHIVE_SCIENTIST}


@pytest.mark.parametrize("address", [page, project_page])
def test_a_hidden_project_has_no_page_of_decisions(mous, scientist, address):
    decide.set_confidential(mous.project, True, by=make.user("astrid"), now=make.NOW, **REASON)

    for client in (scientist, people.client(make.user("stranger"))):
        answer = client.get(address(mous))
        assert answer.status_code == 404
        assert answer.content.count(b"There is no") == 1
    assert people.client(make.user("pi")).get(address(mous)).status_code == 200


def test_an_archive_scientist_decides_about_a_mous(mous, scientist):
    sent = REASON | {"decision": "release", "release_at": "2025-05-02T10:00:00"}
    assert scientist.post(page(mous), sent).status_code == 302
    assert "2025-05-02T10:00:00Z (staff)" in text(scientist.get(page(mous)))

    scientist.post(page(mous), REASON | {"decision": "take-back"})
    scientist.post(page(mous), REASON | {"decision": "qa2", "state": "FAIL"})

    mous.refresh_from_db()
    assert (mous.release_origin, mous.qa2_state) == ("computed", "FAIL")
    assert Decision.objects.count() == 3


def test_an_archive_scientist_decides_about_a_project(mous, scientist):
    make.account(make.user("heiress"))
    make.staff("rita", Role.DATA_REDUCER)
    for sent in (
        {"decision": "assign", "person": "rita"},
        {"decision": "end", "person": "rita"},
        {"decision": "pi", "alma_name": "heiress"},
    ):
        assert scientist.post(project_page(mous), REASON | sent)["Location"] == project_page(mous)

    assert scientist.post(project_page(mous), REASON | {"decision": "confidential"})["Location"] == "/"
    project = make.project(mous.project.code)
    assert (project.pi.name, project.confidential) == ("heiress", True)
    assert StaffAssignment.objects.get().ended_at


@pytest.mark.parametrize(
    ("address", "sent", "status", "says"),
    [
        (page, {"decision": "release", "release_at": "soon"}, 400, "is not a time of release"),
        (page, {"decision": "release", "release_at": ""}, 400, "is not a time of release"),
        (page, {"decision": "qa2", "state": "FAIL", "reason": " "}, 400, "without a reason"),
        (page, {"decision": "qa2", "state": "PASS"}, 409, "is PASS already"),
        (page, {"decision": "pi", "alma_name": "pi"}, 400, "does not say what"),
        (page, {}, 400, "does not say what"),
        (project_page, {"decision": "pi", "alma_name": "nobody\0"}, 400, "no ALMA account nobody"),
        (project_page, {"decision": "assign", "person": "nobody"}, 400, "no account"),
        (project_page, {"decision": "end", "person": "pi"}, 404, "is not assigned"),
    ],
)
def test_a_mistake_is_told_on_the_page_and_what_was_written_stays(mous, scientist, address, sent, status, says):
    answer = scientist.post(address(mous), {"reason": "because of x"} | sent)

    assert answer.status_code == status
    assert says in text(answer)
    assert sent.get("alma_name", "").strip("\0") in text(answer)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.DATA_REDUCER, Role.ADMINISTRATOR])
def test_others_cannot_send_what_they_are_not_shown(mous, role):
    client = people.client(make.staff("someone", role) if role else make.user("pi"))

    for address, sent in (
        (page(mous), {"decision": "release", "release_at": "2020-01-01T00:00:00"}),
        (project_page(mous), {"decision": "confidential"}),
    ):
        answer = client.post(address, REASON | sent)
        assert answer.status_code == 403
        assert "archive scientist" in text(answer)
    assert not Decision.objects.exists()


def test_links_lead_there_for_those_who_may(mous):
    pi, stranger = people.client(make.user("pi")), people.client(make.user("stranger"))

    for address, target in (
        (mous.get_absolute_url(), page(mous)),
        (mous.project.get_absolute_url(), project_page(mous)),
    ):
        assert target in text(pi.get(address))
        assert target not in text(stranger.get(address))


def test_an_administrator_appoints_and_dismisses(mous):
    administrator = people.client(make.staff("adam", Role.ADMINISTRATOR))
    make.user("orion")
    sent = REASON | {"person": "orion", "role": "operator"}

    administrator.post(reverse("roles"), sent | {"decision": "appoint"})
    assert has_role(make.user("orion"), Role.OPERATOR)
    administrator.post(reverse("roles"), sent | {"decision": "dismiss"})
    assert not has_role(make.user("orion"), Role.OPERATOR)

    assert "nobody" in text(administrator.post(reverse("roles"), sent | {"decision": "appoint", "person": "nobody"}))
    assert administrator.post(reverse("roles"), sent).status_code == 400
    assert Decision.objects.filter(about=Decision.About.ROLE).count() == 2


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DATA_REDUCER, Role.ARCHIVE_SCIENTIST])
def test_roles_are_for_administrators(role):
    client = people.client(make.staff("someone", role))

    assert client.get(reverse("roles")).status_code == 403
    assert client.post(reverse("roles"), REASON | {"decision": "appoint"}).status_code == 403
