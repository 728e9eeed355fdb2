"""What an export says beyond the rows of a page, and what follows from other columns."""

from urllib.parse import quote

import pytest

from archive.models import MemberOUS
from archive.obscore.load import load_obscore
from archive.search import verbs
from tests import obscore_rows
from tests.archive.search.asking import read, reader

pytestmark = pytest.mark.django_db
# Of a row of ALMA, whose own galactic place is 0.2 arcsec off that of SOFA
NGC3504 = {"s_ra": "165.79659542941968", "s_dec": "27.9724036111204"}


def exported(tmp_path, **said):
    load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row(**said)])])
    (row,) = verbs.stream(read(), reader())
    return row


def test_galactic_places_follow_from_the_position(tmp_path):
    row = exported(tmp_path, **NGC3504)

    assert row["gal_longitude"] == pytest.approx(204.60300093294677, abs=1 / 3600)
    assert row["gal_latitude"] == pytest.approx(66.03998009731177, abs=1 / 3600)


def test_a_row_without_a_position_has_no_galactic_one(tmp_path):
    row = exported(tmp_path, s_ra="", s_dec="", s_region="")

    assert row.get("gal_longitude") is None


def test_a_time_of_change_keeps_its_milliseconds(tmp_path):
    assert exported(tmp_path, lastModified="2024-02-01T10:00:00.123")["lastModified"] == "2024-02-01T10:00:00.123"


@pytest.mark.parametrize(("said", "year"), [("2021", 2021), ("2021, 2022", None), ("", None)])
def test_the_year_of_a_publication_is_a_number_or_nothing(tmp_path, said, year):
    assert exported(tmp_path, publication_year=said).get("publication_year") == year


def test_the_group_that_nobody_named_is_not_said_to_be_the_mous(tmp_path):
    row = exported(tmp_path, group_ous_uid="")

    assert (row["member_ous_uid"], row["group_ous_uid"]) == (obscore_rows.MOUS, None)


def test_the_group_of_a_product_of_a_group_is_said(tmp_path):
    row = exported(tmp_path, member_ous_uid="", calib_level="3")

    assert (row["member_ous_uid"], row["group_ous_uid"]) == (None, obscore_rows.GROUP)


def test_the_data_of_what_is_only_announced_are_at_alma(tmp_path):
    row = exported(tmp_path)

    assert row["access_url"] == "https://almascience.org/datalink/sync?ID=" + quote(obscore_rows.MOUS, safe="")
    assert row["access_format"] == "application/x-votable+xml;content=datalink"


def test_the_data_of_what_was_delivered_are_on_its_page_here(tmp_path, settings, client):
    settings.SITE_URL = "https://archive.example.org"
    exported(tmp_path)
    MemberOUS.objects.update(delivery_state=MemberOUS.Delivery.COMPLETE)
    (row,) = verbs.stream(read(), reader())

    site, _, page = row["access_url"].partition("example.org")
    assert (site, row["access_format"]) == ("https://archive.", "text/html")
    assert obscore_rows.MOUS in client.get(page).content.decode()


def test_a_product_of_a_group_leads_to_the_page_of_the_group(tmp_path, client):
    row = exported(tmp_path, member_ous_uid="", calib_level="3")

    page = client.get(row["access_url"].removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200
    assert obscore_rows.GROUP in page.content.decode()
