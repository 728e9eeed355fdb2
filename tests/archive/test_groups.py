"""Groups: the siblings of one science goal and what was combined from them, as far as the reader may know of them."""

from urllib.parse import quote

import pytest

from archive.models import GroupOUS, MemberOUS, Project
from tests import make, observations, people

pytestmark = pytest.mark.django_db
GROUP = "uid://A001/X3621/X540"
ARRAYS = {"12m": "uid://A001/X3621/X541", "7m": "uid://A001/X3621/X543", "TP": "uid://A001/X3621/X545"}


@pytest.fixture
def gous():
    """The 12 m data are public, the others not yet; one image was made of all three."""
    pi = make.user("pi")
    made = GroupOUS.objects.create(uid=GROUP, project=make.project(pi=pi), science_goal_uid="uid://A001/X3621/X53f")
    for array, uid in ARRAYS.items():
        release = make.LONG_AGO if array == "12m" else make.NEVER
        MemberOUS.objects.create(uid=uid, gous=made, array=array, release_at=release, qa2_state="PASS")
    observations.observation(gous=made, target="NGC1052 combined", release_at=make.NEVER)
    return made


def test_a_group_page_lists_its_siblings_with_their_locks(client, gous):
    page = client.get(f"/gous/{gous.name}/").content.decode()

    for uid in ARRAYS.values():
        assert uid in page
    assert page.count("open to you") == 1
    assert page.count('class="lock">proprietary') == 3
    assert "uid://A001/X3621/X53f" in page


@pytest.mark.parametrize("text", [GROUP, "uid___A001_X3621_X540", "A001_X3621_X540", quote(GROUP, safe="")])
def test_any_spelling_of_its_uid_leads_to_it(client, gous, text):
    assert client.get(f"/gous/{text}/").status_code == 200
    assert client.get(f"/api/gous/{text}/").json()["uid"] == GROUP
    assert client.get("/", {"q": text})["Location"] == "/gous/uid___A001_X3621_X540/"


def test_combined_data_are_rows_of_the_group_and_the_pi_may_have_them(client, gous):
    locked = client.get(f"/api/gous/{gous.name}/").json()["rows"]
    own = people.client(make.user("pi")).get(f"/api/gous/{gous.name}/").json()["rows"]

    assert [(row["target"], row["calib_level"], row["bands"], row["readable"]) for row in locked] == [
        ("NGC1052 combined", 3, [6], False)
    ]
    assert [row["readable"] for row in own] == [True]


def test_combined_data_are_public_from_their_own_release_on(client, gous):
    observations.observation(gous=gous, target="NGC1052 old", release_at=make.LONG_AGO)

    rows = client.get(f"/api/gous/{gous.name}/").json()["rows"]

    assert [(row["target"], row["readable"]) for row in rows] == [("NGC1052 combined", False), ("NGC1052 old", True)]


def test_the_api_lists_the_siblings(client, gous):
    told = client.get(f"/api/gous/{gous.name}/").json()

    assert [(row["array"], row["uid"], row["readable"]) for row in told["mous"]] == [
        ("12m", ARRAYS["12m"], True), ("7m", ARRAYS["7m"], False), ("TP", ARRAYS["TP"], False)
    ]  # fmt: skip
    assert (told["project"], told["science_goal_uid"]) == (make.CODE, "uid://A001/X3621/X53f")


def test_the_pages_of_a_mous_and_of_its_project_lead_to_the_group(client, gous):
    link = 'href="/gous/uid___A001_X3621_X540/"'

    assert link in client.get("/mous/uid___A001_X3621_X541/").content.decode()
    assert client.get(f"/projects/{make.CODE}/").content.decode().count(link) == 3


def test_a_placeholder_has_no_page_and_no_link(client):
    mous = make.mous()
    GroupOUS.objects.filter(pk=mous.gous_id).update(uid=mous.uid)

    assert client.get(f"/gous/{mous.name}/").status_code == 404
    assert "/gous/" not in client.get(f"/mous/{mous.name}/").content.decode()
    assert "/gous/" not in client.get(f"/projects/{make.CODE}/").content.decode()


def test_who_was_named_one_mous_of_a_hidden_project_sees_her_own_and_nothing_combined(gous):
    Project.objects.update(confidential=True)
    gous.refresh_from_db()
    guest, mous = make.user("guest"), MemberOUS.objects.get(array="7m")
    other = make.mous("uid://A001/X9/X9")
    make.delegation(gous.project, guest, by=make.user("pi"), mous=mous)
    client = people.client(guest)

    told = client.get(f"/api/gous/{gous.name}/").json()

    assert ([row["array"] for row in told["mous"]], told["rows"]) == (["7m"], [])
    assert client.get(f"/gous/{other.gous.name}/").status_code == 404
    assert people.client(make.user("stranger")).get(f"/gous/{gous.name}/").status_code == 404


@pytest.mark.parametrize("path", ["/gous/rubbish/", "/api/gous/uid://A001/X1/X2/", "/api/gous/x%00/"])
def test_what_is_not_there_is_said_in_a_sentence(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "There is no group ObsUnitSet" in answer.content.decode()
