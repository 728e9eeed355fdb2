"""A reader with a real browser, without script: from a group to its MOUSs, delivered, announced and of Cycle 0."""

import pytest
from playwright.sync_api import expect

from archive.models import AnnouncedBlock, GroupOUS, MemberOUS, Project
from products.ingest import ingest_delivery
from tests import deliveries, make, observations
from tests.altiplano.test_browser import page, picture

__all__ = ["page", "picture"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GROUP, ANNOUNCED = "uid://A001/X3621/X540", "uid://A001/X3621/X543"


@pytest.fixture
def mous(tmp_path):
    """A released 12 m MOUS with a sibling that only ObsCore knows, one image of both, and a package of Cycle 0."""
    delivered = make.restorable_mous(pi=make.user("vega"), release_at=make.LONG_AGO)
    gous = GroupOUS.objects.create(uid=GROUP, project=delivered.project)
    delivered.gous = gous
    delivered.save(update_fields=["gous"])
    announced = MemberOUS.objects.create(uid=ANNOUNCED, gous=gous, array="7m", sb_name="NGC1052_a_06_7M")
    observations.observation(announced, block="uid://A002/Xd74c3f/Xcf20")
    observations.observation(announced, "J0423-0120", at=(65.81584, -1.34252), spw=27, low_hz=2.3e11, high_hz=2.32e11)
    AnnouncedBlock.objects.update(mous=announced)
    observations.observation(gous=gous, release_at=make.LONG_AGO)
    Project.objects.update(
        pi_name="Vega, Alma",
        abstract="We observe the molecular gas of NGC 1052 with all arrays.",
        scientific_category="Active galaxies",
        science_keywords="Outflows, jets, feedback",
        publications={"bib_reference": "2020ApJ...895...73K", "pub_title": "A Torus", "first_author": "Kameno"},
    )
    ingest_delivery(deliveries.write_cycle_0(tmp_path))
    MemberOUS.objects.filter(uid=deliveries.CYCLE_0).update(release_at=make.LONG_AGO)
    return delivered


def test_a_group_leads_to_its_members_and_each_says_what_can_be_done(page, picture):
    page.goto(f"/?q={GROUP}")
    expect(page.get_by_role("heading", name=GROUP)).to_be_visible()
    picture("group")

    page.get_by_role("link", name=ANNOUNCED).click()
    expect(page.get_by_text("known from ALMA's list of observations alone")).to_be_visible()
    expect(page.get_by_role("link", name="Find it in ALMA's archive")).to_be_visible()
    picture("announced")

    page.get_by_role("link", name=make.CODE).click()
    page.get_by_text("Abstract").click()
    expect(page.get_by_text("We observe the molecular gas")).to_be_visible()
    picture("project")


def test_a_package_of_cycle_0_offers_its_calibrated_data(page, picture):
    page.goto(f"/?q={deliveries.CYCLE_0}")

    expect(page.get_by_text("Already calibrated: download.")).to_be_visible()
    assert page.get_by_role("link", name=".ms.split.cal.tar").count() >= 3
    expect(page.get_by_role("button", name="Restore")).to_have_count(0)
    picture("cycle-0")
