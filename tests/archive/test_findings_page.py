"""The page of findings: the oldest first, for staff who see to them, without what is hidden from them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from archive import findings
from archive.models import Finding, ProblemReport, Project
from archive.staff import Role
from tests import make, people

pytestmark = pytest.mark.django_db
PAGE = "/staff/findings/"
OTHER = "2019.1.00002.S"


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


@pytest.fixture
def operator():
    return people.client(make.staff("ops", Role.OPERATOR))


def found(mous, code, sentence, *, days=0, **facts):
    row = Finding.objects.create(mous=mous, code=code, sentence=sentence, **facts)
    Finding.objects.filter(pk=row.pk).update(found_at=make.NOW - timedelta(days=days))
    return row


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def sentences(answer):
    """What is wrong, in the order of the page."""
    return re.findall(r'data-label="Wrong"><div class="broken">([^<]*)<', text(answer))


@pytest.mark.parametrize("role", Role)
def test_who_sees_to_findings_reads_them(mous, role):
    found(mous, "missing-raw", "The raw data of a block are missing.")
    client = people.client(make.staff("someone", role))

    answer = client.get(PAGE)

    assert answer.status_code == (403 if role == Role.ADMINISTRATOR else 200)
    assert ("The raw data" in answer.content.decode()) == (role != Role.ADMINISTRATOR)
    assert (PAGE in client.get("/").content.decode()) == (role != Role.ADMINISTRATOR)


def test_open_findings_stand_there_by_age_with_their_mous(mous, operator):
    found(mous, "missing-raw", "Second.", days=3)
    found(None, "index-missing", "First.", days=40)
    found(mous, "missing-raw", "Third.", subject="x")
    found(mous, "missing-raw", "Mended.", days=99, subject="y", settled_at=make.NOW)

    page = operator.get(PAGE)

    assert sentences(page) == ["First.", "Second.", "Third."]
    assert text(page).count(f'href="{mous.get_absolute_url()}"') == 2
    assert "the whole archive" in text(page)
    assert sentences(operator.get(PAGE, {"settled": 1})) == ["Mended.", "First.", "Second.", "Third."]


def test_findings_are_chosen_by_code_and_project(mous, operator):
    other = make.mous("uid://A001/X2/X2", code=OTHER)
    found(mous, "missing-raw", "Raw here.")
    found(mous, "orphan-mous", "Orphan here.")
    found(other, "missing-raw", "Raw there.")

    assert sentences(operator.get(PAGE, {"code": "missing-raw"})) == ["Raw here.", "Raw there."]
    assert sentences(operator.get(PAGE, {"project": OTHER.lower()})) == ["Raw there."]
    assert sentences(operator.get(PAGE, {"project": OTHER, "code": "orphan-mous"})) == []
    assert sentences(operator.get(PAGE, {"code": "\0", "page": "x"})) == ["Raw here.", "Orphan here.", "Raw there."]


def test_a_confidential_project_is_on_the_page_of_who_may_know_of_it_alone(mous, operator):
    found(mous, "strange-code", "Something of it is missing.")
    ProblemReport.objects.create(mous=mous, reporter=make.user("pi"), text="It is wrong.", snapshot={}, found=[])
    Project.objects.update(confidential=True)
    reducer = make.staff("reducer", Role.DATA_REDUCER)
    make.assignment(mous.project, reducer, by=make.user("pi"))

    for query in ({}, {"settled": 1}, {"project": mous.project.code}, {"code": "strange-code"}):
        hidden = operator.get(PAGE, query)
        assert sentences(hidden) == []
        assert not any(word in text(hidden) for word in ("It is wrong", mous.uid, "<option>strange-code"))
    assert sentences(people.client(reducer).get(PAGE)) == ["Something of it is missing."]
    assert "It is wrong" in text(people.client(reducer).get(PAGE))


def test_many_findings_are_turned_page_by_page(mous, operator):
    findings.note({(mous.pk, "missing-raw", f"block {n}"): f"Block {n}." for n in range(60)}, make.NOW)

    first, second = operator.get(PAGE), operator.get(PAGE, {"page": 2, "code": "missing-raw"})

    assert (len(sentences(first)), len(sentences(second))) == (50, 10)
    assert "page=2" in text(first)
    assert "page=1&amp;code=missing-raw" in text(second)


def test_what_readers_report_stands_above_with_a_way_to_answer_it(mous, operator):
    facts = {"mous": mous, "reporter": make.user("vega"), "snapshot": {}, "found": []}
    waiting = ProblemReport.objects.create(text="The second block is missing.", **facts)
    ProblemReport.objects.create(text="An old one.", settled_at=make.NOW, settled_by=make.user("ops"), **facts)

    page = text(operator.get(PAGE))

    assert reverse("problem", args=[waiting.pk]) in page
    assert "The second block is missing." in page
    assert "An old one." not in page
    assert "An old one." in text(operator.get(PAGE, {"settled": 1}))
