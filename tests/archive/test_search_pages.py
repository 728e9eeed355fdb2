"""The pages of the search, as a browser without script gets them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from archive.search.parameters import PARAMETERS
from tests import make, observations, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    made = make.mous(release_at=make.LONG_AGO, pi=make.user("vega"))
    observations.observation(made)
    observations.observation(made, spw=27, low_hz=232.4e9, high_hz=232.6e9)
    return made


@pytest.fixture
def locked():
    made = make.mous("uid://A001/X9/X9", code="2022.1.00009.S", pi=make.user("vega"), array="7m")
    observations.observation(made, "TW Hya", at=(165.4659, -34.7047), bands=8, array=2)
    return made


def page(client, path="/search/", status=200, **query):
    answer = client.get(path, query)
    assert answer.status_code == status
    return answer.content.decode()


def addresses(text):
    return {match.replace("&amp;", "&") for match in re.findall(r'href="([^"]+)"', text)}


def test_the_form_has_a_field_for_every_criterion(client):
    fields = set(re.findall(r'name="(\w+)"', page(client)))

    assert {each.name for each in PARAMETERS if each.group != "result"} <= fields


def test_the_three_scopes_are_explained(client):
    text = page(client)

    for words in ("released now", "PI, delegee or assigned staff", "every row I may know of"):
        assert words in text


def test_results_are_grouped_by_project_and_mous(client, mous, locked):
    text = page(client, scope="all")

    assert text.count('<section class="card project">') == 2
    assert mous.get_absolute_url() in addresses(text)
    assert re.search(r"open to you.*2022|2022.*proprietary.*2023.*open to you", text, re.DOTALL)
    assert "230.4755 to 230.6005 (spw 25)" in text


def test_rows_can_be_shown_flat_and_sorted(client, mous, locked):
    text = page(client, view="flat", sort="-project")

    assert text.index("2023.1.00101.S</a></td>") < text.index("2022.1.00009.S</a></td>")
    assert "/search/?sort=project&view=flat" in addresses(text)


def test_pages_follow_each_other(client, mous, locked):
    first = page(client, limit=2)
    following = next(each for each in addresses(first) if "cursor=" in each)

    second = client.get(following).content.decode()

    assert "Next page" in first
    assert "Next page" not in second
    assert "These are the last." in second


def test_a_value_that_cannot_be_is_told_and_the_form_keeps_all(client):
    text = page(client, status=400, position="here", band="3", qa2="!FAIL")

    assert re.search(r'role="alert"><p>position', text)
    assert 'name="position" value="here"' in text
    assert 'name="qa2" value="!FAIL"' in text
    assert re.search(r'name="band" value="3" checked', text)


def test_a_parameter_that_there_is_not_is_refused(client):
    assert "colour" in page(client, status=400, colour="red")


def test_a_view_that_there_is_not_is_refused(client):
    assert "view: &#x27;list&#x27; is not one of them." in page(client, status=400, view="list")
    assert "view" in client.get("/search/counts/", {"view": "flat"}).content.decode()
    assert client.get("/search/counts/", {"view": "flat"}).status_code == 400


def test_a_view_is_given_once_and_an_empty_one_is_not_given(client, mous):
    assert "NGC1052" in page(client, target="NGC1052", view="")
    assert "view: it was given more than once." in page(client, status=400, view=["flat", "grouped"])


def test_counts_have_no_pages(client):
    assert "cursor: " in page(client, "/search/counts/", status=400, cursor="x")


def test_fields_that_a_form_sends_empty_ask_nothing(client, mous):
    text = page(client, target="", position="", radius="", match="center", scope="all", band="6")

    assert "NGC1052" in text


def test_a_wrong_suffix_leads_to_the_code_that_there_is(client, mous):
    text = page(client, status=404, project="2023.1.00101.T")

    assert "/search/?project=2023.1.00101.S" in addresses(text)


def test_a_name_that_finds_nothing_leads_to_those_like_it(client, mous):
    text = page(client, target="NGC1053")

    assert "Nothing in this archive is like that." in text
    assert "NGC1052" in client.get("/search/?similar=NGC1053").content.decode()
    assert "/search/?similar=NGC1053" in addresses(text)


def test_each_criterion_can_be_taken_away(client, mous):
    text = page(client, target="NGC1052", band="6", scope="all")

    assert {"/search/?band=6&scope=all", "/search/?target=NGC1052&scope=all"} <= addresses(text)


@pytest.mark.parametrize(
    "asked",
    [
        {"position": "40.26999 -8.25576", "radius": "1deg", "match": "footprint", "sort": "-distance"},
        {"q": "40.26999 -8.25576", "radius": "1deg"},
        {"line": "CO 2-1", "velocity": "0..2000km/s"},
        {"rest": "230.538GHz", "redshift": "0..0.01"},
    ],
)
def test_with_a_criterion_goes_what_means_nothing_without_it(client, mous, asked):
    text = page(client, **asked, band="6")

    assert "NGC1052" in text
    assert "/search/?band=6" in addresses(text)


@pytest.mark.parametrize("asked", [{"q": "10 20"}, {"q": "2031.1."}, {"target": "!NGC1052"}, {"target": ["a", "b"]}])
def test_only_a_single_name_leads_to_those_like_it(client, mous, asked):
    text = page(client, **asked, band="10")

    assert "Nothing in this archive is like that." in text
    assert not [link for link in addresses(text) if "similar=" in link]


def test_each_window_has_its_own_channels(client, mous):
    observations.observation(mous, spw=29, channel_width_hz=31.25e6)

    assert ">31250<" in page(client, target="NGC1052")


def test_the_first_of_several_words_is_a_criterion_like_the_others(client, mous):
    text = page(client, array="12m", qa2="PASS", scope="all")

    assert {"/search/?qa2=PASS&scope=all", "/search/?array=12m&scope=all"} <= addresses(text)


def test_counts_narrow_a_search_down(client, mous, locked):
    text = page(client, "/search/counts/", resolution="..9arcsec")

    assert "<b>3</b> rows" in text
    assert {"/search/?resolution=..9arcsec&array=7m", "/search/?resolution=..9arcsec&band=3"} <= addresses(text)
    assert "/search/?resolution=..9arcsec&project=2022.%2A" in addresses(text)


@pytest.mark.parametrize("asked", [{"project": "2022.1.00009.S"}, {"q": " 2022.1.*"}])
def test_a_year_does_not_take_the_place_of_codes_that_were_asked_for(client, mous, locked, asked):
    leads = addresses(page(client, "/search/counts/", **asked))

    assert any("array=7m" in each for each in leads)
    assert not any("project=2022.%2A" in each for each in leads)


def test_a_position_in_the_box_for_anything_has_distances_too(client, mous):
    assert "/search/?q=40.27+-8.256&sort=distance" in addresses(page(client, q="40.27 -8.256"))


def test_files_hold_what_was_searched_for(client, mous, locked):
    text = page(client, band="3")

    address = next(each for each in addresses(text) if "format=csv" in each)
    assert b"".join(client.get(address)).count(b"\n") == 2


def test_a_list_is_answered_line_by_line(client, mous, locked):
    text = client.post("/search/list/", {"lines": "NGC 1052\n\nnobody\n95 95", "radius": "5arcsec"}).content.decode()

    assert "3 lines: 1 found, 2 not" in text
    assert "/search/?q=NGC+1052" in addresses(text)


def test_a_list_may_be_a_file(client, mous):
    file = SimpleUploadedFile("names.txt", "\ufeffNGC1052\r\nTW Hya\r\n".encode(), "text/plain")

    text = client.post("/search/list/", {"lines": "", "file": file, "radius": "5arcsec"}).content.decode()

    assert "2 lines: 1 found, 1 not" in text


def test_lines_beside_a_file_are_not_ignored(client, mous):
    answer = client.post("/search/list/", {"lines": "TW Hya", "file": SimpleUploadedFile("names.txt", b"NGC1052")})

    assert answer.status_code == 400
    assert "there is a file as well" in answer.content.decode()


def test_a_form_that_is_too_large_is_told_on_a_page(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = client.post("/search/list/", {"lines": "TW Hya\n" * 100})

    assert answer.status_code == 413
    assert "more than 100 bytes" in answer.content.decode()


def test_a_radius_without_unit_is_told_on_the_page(client):
    answer = client.post("/search/list/", {"lines": "TW Hya", "radius": "5"})

    assert answer.status_code == 400
    assert "TW Hya</textarea>" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("2023.1.00101.s", "/projects/2023.1.00101.S/"),
        ("A001_X3621_X541", "/mous/uid___A001_X3621_X541/"),
        ("TW Hya", "/search/?q=TW+Hya"),
        ("02:41:04.8 -08:15:21", "/search/?q=02%3A41%3A04.8+-08%3A15%3A21"),
    ],
)
def test_the_box_leads_to_what_is_named(client, mous, text, leads):
    answer = client.get("/", {"q": text})

    assert (answer.status_code, answer["Location"]) == (302, leads)


@pytest.mark.parametrize("text", ["2023.1.00101", "2023.1.00101.L", "2023.1"])
def test_a_code_without_its_suffix_or_with_a_wrong_one_leads_to_those_there_are(client, mous, text):
    assert mous.project.get_absolute_url() in addresses(page(client, "/", q=text))


def test_the_pi_sees_hers_open(mous, locked):
    text = page(people.client(make.user("vega")), scope="mine")

    assert "proprietary" not in text.split("</details>")[1]


def test_what_is_written_into_the_index_stays_text(client, mous):
    observations.observation(mous, "<script>x</script>", spw=29)

    text = page(client, target="<script>x</script>") + page(client, view="flat")

    assert "<script>x" not in text
    assert reverse("search") in addresses(text)
