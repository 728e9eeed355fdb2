"""A MOUS that only ObsCore knows of, and what a project is said to be about, in the API and on the pages."""

import pytest

from archive import publications
from archive.models import AnnouncedBlock, MemberOUS, Project
from tests import make, observations

pytestmark = pytest.mark.django_db
BLOCK = "uid://A002/Xd74c3f/Xcf20"


@pytest.fixture
def mous():
    made = make.mous(delivery_state=MemberOUS.Delivery.ANNOUNCED)
    for spw, low in ((25, 230.4e9), (27, 232.4e9)):
        observations.observation(made, spw=spw, low_hz=low, high_hz=low + 2e9, block=BLOCK)
    observations.observation(made, "J0423-0120", at=(65.8, -1.3), intents=2)
    AnnouncedBlock.objects.update(mous=made)
    return made


def test_the_api_says_that_nothing_was_delivered_and_what_is_known_all_the_same(client, mous):
    told = client.get(f"/api/mous/{mous.name}/").json()

    assert told["announced_only"] is True
    assert told["alma_url"] == "https://almascience.org/aq/?member_ous_uid=uid%3A%2F%2FA001%2FX3621%2FX541"
    assert (told["ebs"], told["announced_blocks"]) == ([], [BLOCK])
    assert [(each["name"], each["intents"]) for each in told["sources"]] == [
        ("J0423-0120", ["PHASE"]), ("NGC1052", ["TARGET"])
    ]  # fmt: skip
    assert next((each["spw"], each["low_hz"], each["bands"]) for each in told["windows"]) == (25, 230.4e9, [6])


def test_a_delivered_mous_is_not_announced_only(client):
    mous = make.restorable_mous()

    told = client.get(f"/api/mous/{mous.name}/").json()

    assert (told["announced_only"], told["announced_blocks"], len(told["sources"])) == (False, [], 3)


def test_the_page_of_a_project_shows_what_obscore_says_of_it(client):
    project = make.project()
    Project.objects.filter(pk=project.pk).update(
        pi_name="Koda Jin",
        abstract="We map the gas <of> M83.",
        scientific_category="Local Universe",
        science_keywords="Giant Molecular Clouds (GMC) properties",
        publications={"bib_reference": "2023ApJ...949..108K", "pub_title": "Diverse Molecular Structures",
                      "first_author": "Koda, Jin", "publication_year": 2023},
    )  # fmt: skip

    page = client.get(f"/projects/{project.code}/").content.decode()
    told = client.get(f"/api/projects/{project.code}/").json()

    for text in (
        "Koda Jin",
        "We map the gas &lt;of&gt; M83.",
        "Local Universe",
        "Giant Molecular",
        "Diverse Molecular",
    ):
        assert text in page
    assert 'href="https://ui.adsabs.harvard.edu/abs/2023ApJ...949..108K"' in page
    assert (told["pi_name"], told["scientific_category"]) == ("Koda Jin", "Local Universe")


@pytest.mark.parametrize(
    ("columns", "labels"),
    [
        ({}, []),
        ({"bib_reference": None, "pub_title": None}, []),
        ({"bib_reference": "2023ApJ...949..108K 2019A&A...631A..88L"}, ["2023ApJ...949..108K", "2019A&A...631A..88L"]),
        ({"pub_title": "Gas", "first_author": "Koda", "publication_year": 2020}, ["Koda, 2020, Gas"]),
    ],
)
def test_publications_are_named_by_their_bibcodes(columns, labels):
    assert [each["label"] for each in publications.named(columns)] == labels
