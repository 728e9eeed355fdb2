"""Where there is nothing to restore: a MOUS that only ObsCore knows of, and a package of Cycle 0."""

import pytest
from django.urls import reverse

from archive.models import AnnouncedBlock, MemberOUS
from restores import restorability
from tests import make, observations, people

pytestmark = pytest.mark.django_db
BLOCK = "uid://A002/Xd74c3f/Xcf20"


@pytest.fixture
def announced():
    made = make.mous(pi=make.user("pi"), delivery_state=MemberOUS.Delivery.ANNOUNCED)
    observations.observation(made, block=BLOCK)
    AnnouncedBlock.objects.update(mous=made)
    return made


@pytest.fixture
def cycle_0():
    made = make.mous(code="2011.0.00340.S", pi=make.user("pi"), delivery_id="2011.0.00340.S_2012-12-05")
    make.product(made, "uid___A002_X554543_X207.ms.split.cal.tar", "measurement_set", directory="calibrated")
    make.product(made, "uid___A002_X554543_X207.ms.split.tar", "measurement_set", directory="raw")
    return made


def test_the_page_of_an_announced_mous_says_so_and_leads_to_alma(client, announced):
    page = client.get(announced.get_absolute_url()).content.decode()

    assert "known from ALMA&#x27;s list" in page or "known from ALMA's list" in page
    assert 'href="https://almascience.org/aq/?member_ous_uid=uid%3A%2F%2FA001%2FX3621%2FX541"' in page
    assert "/restore/" not in page
    for text in (BLOCK, "NGC1052", "40.269990", "230.475500 to 230.600500"):
        assert text in page


@pytest.mark.parametrize(("route", "sent"), [("api-restores", {}), ("api-images", {"source": "NGC1052"})])
def test_no_work_can_be_asked_for_on_it(announced, route, sent):
    client = people.client(make.user("pi"), "token")

    answer = client.post(reverse(route), {"mous": announced.uid} | sent, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "not-delivered"
    assert "almascience.org" in answer.json()["error"]["remedy"]


def test_that_is_the_one_reason_that_is_given(announced):
    assert [each.code for each in restorability.refusals(announced)] == ["not-delivered"]


def test_to_whom_it_is_hidden_it_is_not_said_either(announced):
    project = announced.project
    project.confidential = True
    project.save(update_fields=["confidential"])

    refusals = restorability.refusals(announced, by=make.user("stranger"), now=make.NOW)

    assert "not-delivered" not in [each.code for each in refusals]


def test_the_page_of_cycle_0_offers_the_calibrated_data_in_place_of_a_restore(cycle_0):
    page = people.client(make.user("pi")).get(cycle_0.get_absolute_url()).content.decode()

    calibrated = cycle_0.products.get(directory="calibrated")
    assert "Already calibrated: download" in page
    assert f'<li><a href="/api/products/{calibrated.pk}/file/{calibrated.name}">{calibrated.name}</a>' in page
    assert "/restore/" not in page


def test_who_may_not_have_them_sees_their_names_and_the_lock(client, cycle_0):
    page = client.get(cycle_0.get_absolute_url()).content.decode()

    assert '<li>uid___A002_X554543_X207.ms.split.cal.tar <span class="lock">proprietary</span>' in page
    assert "/file" not in page


def test_a_restore_of_cycle_0_is_refused_with_the_way_to_the_download(cycle_0):
    (refusal,) = [each for each in restorability.refusals(cycle_0) if each.code == "cycle-0"]

    assert "already calibrated" in str(refusal)
    assert refusal.remedy.startswith("Download the calibrated MeasurementSets")


def test_the_address_of_a_delivery_without_a_uid_is_its_id(client):
    mous = make.mous("2011.0.00340.S_2012-12-05", code="2011.0.00340.S", delivery_id="2011.0.00340.S_2012-12-05")

    assert mous.get_absolute_url() == "/mous/2011.0.00340.S_2012-12-05/"
    assert client.get(mous.get_absolute_url()).status_code == 200
    assert client.get("/api/mous/2011.0.00340.S_2012-12-05/").json()["alma_url"] is None
