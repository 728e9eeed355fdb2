"""A file that comes again is a new version; the old one can be had still, and says what superseded it."""

import io

import pytest
from django.core.management import call_command
from django.test import Client

from archive.models import Finding, MemberOUS
from products import versions
from products.ingest import ingest_delivery
from products.models import Product
from products.store import open_store
from tests import deliveries, make

pytestmark = pytest.mark.django_db(transaction=True)
CALTABLES = f"member.{deliveries.MOUS}.session_2.caltables.tgz"
CUBE = f"member.{deliveries.MOUS}.HL_Tau_sci.spw2.cube.I.pbcor.fits"
QA3 = "QA3: the flux scale was wrong"


@pytest.fixture
def package(tmp_path):
    return deliveries.write(tmp_path)


def the_mous():
    return MemberOUS.objects.get(uid=deliveries.archive_form(deliveries.MOUS))


def reduced_again(tmp_path, *, without=(), reason=QA3, **changed):
    """The auxiliary tar of a re-reduction with other caltables; the files that it is `without` do not come again."""
    again = tmp_path / f"again-{len(list(tmp_path.iterdir()))}"
    again.mkdir()
    files = deliveries.auxiliary() | {f"calibration/{CALTABLES}": b"better caltables"} | changed
    files = {name: content for name, content in files.items() if name.rpartition("/")[2] not in without}
    (report,) = ingest_delivery([deliveries.tar(again / deliveries.AUXILIARY_TAR, files)], reason=reason)
    return report


def published():
    """Everybody may have the data of the MOUS."""
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    return Client()


def both():
    old, new = Product.objects.filter(name=CALTABLES).order_by("version")
    return old, new


def test_a_re_reduction_makes_version_2_with_its_reason_and_points_to_it_from_the_old_one(package, tmp_path):
    ingest_delivery(package)

    reduced_again(tmp_path)

    old, new = both()
    assert (old.version, new.version) == (1, 2)
    assert (old.superseded_by, new.version_reason) == (new, QA3)
    assert old.superseded_at == new.stored_at
    assert new.superseded_at is None


def test_the_command_keeps_the_reason(package, tmp_path, capsys):
    ingest_delivery(package)
    files = deliveries.auxiliary() | {f"calibration/{CALTABLES}": b"better caltables"}
    again = tmp_path / "again"
    again.mkdir()
    path = deliveries.tar(again / deliveries.AUXILIARY_TAR, files)

    call_command("ingest_delivery", str(path), reason=QA3, stdout=io.StringIO())

    assert both()[1].version_reason == QA3


def test_an_old_version_is_downloaded_and_names_its_successor_in_a_header(package, tmp_path):
    ingest_delivery(package)
    reduced_again(tmp_path)
    reader, (old, new) = published(), both()

    answer = reader.get(f"/api/products/{old.pk}/file")

    assert b"".join(answer) == b"".join(open_store().stream(old.key))
    where = f"/api/products/{new.pk}/file>"
    assert answer["Link"].startswith("<http")
    assert answer["Link"].endswith(f'{where}; rel="successor-version"')
    assert reader.head(f"/api/products/{old.pk}/file")["Link"] == answer["Link"]
    assert "Link" not in reader.head(f"/api/products/{new.pk}/file")


def test_an_old_version_is_as_locked_as_the_new_one(package, tmp_path):
    ingest_delivery(package)
    reduced_again(tmp_path)
    old, _ = both()

    refused = Client().get(f"/api/products/{old.pk}/file")

    assert refused.status_code == 401
    assert "Link" not in refused
    told = Client().get(f"/api/products/{old.pk}/").json()
    assert told["version_reason"] is None
    assert QA3 not in str(told)


def test_the_api_says_what_superseded_a_version_and_which_there_are(package, tmp_path):
    ingest_delivery(package)
    reduced_again(tmp_path)
    reader, (old, new) = published(), both()

    told = reader.get(f"/api/products/{old.pk}/").json()

    assert told["superseded_by"] == str(new.pk)
    assert told["superseded"] == f"Superseded on {new.stored_at:%Y-%m-%d} by version 2 ({QA3})."
    assert [(row["id"], row["version"]) for row in told["versions"]] == [(str(new.pk), 2), (str(old.pk), 1)]
    mous = the_mous().name
    names = {"current": {str(new.pk)}, "all": {str(new.pk), str(old.pk)}}
    for word, expected in names.items():
        rows = reader.get(f"/api/products/?mous={mous}&versions={word}").json()["results"]
        assert {row["id"] for row in rows if row["name"] == CALTABLES} == expected
    assert reader.get(f"/api/products/?mous={mous}&versions=old").status_code == 400


def test_the_page_shows_the_current_version_with_its_history(package, tmp_path):
    ingest_delivery(package)
    reduced_again(tmp_path)
    reader, (old, new) = published(), both()

    page = reader.get(the_mous().get_absolute_url()).content.decode()

    assert f"{new.pk}/file" in page
    assert page.index("1 earlier") < page.index(f"{old.pk}/file")
    assert f"by version 2 ({QA3})." in page
    locked = make.user("stranger")
    MemberOUS.objects.update(release_at=make.NOW.replace(year=2999))
    other = Client()
    other.force_login(locked)
    page = other.get(the_mous().get_absolute_url()).content.decode()
    assert "by version 2." in page
    assert QA3 not in page


def test_a_file_that_a_re_reduction_left_out_is_said_so_and_can_be_had_still(package, tmp_path):
    ingest_delivery(package)
    gone = Product.objects.filter(directory="calibration").exclude(name=CALTABLES).first()

    report = reduced_again(tmp_path, without={gone.name})

    gone.refresh_from_db()
    assert report.left_out == [f"calibration/{gone.name}"]
    assert (gone.superseded_by, gone.superseded_at is None) == (None, False)
    page = published().get(the_mous().get_absolute_url()).content.decode()
    assert f"it is not among the files of the re-reduction ({QA3})." in page
    assert Client().get(f"/api/products/{gone.pk}/file").status_code == 200
    finding = Finding.objects.get(code="absent-from-version", settled_at=None)
    assert QA3 in finding.sentence


def test_what_was_left_out_and_comes_back_is_the_next_version_and_settles_the_finding(package, tmp_path):
    ingest_delivery(package)
    gone = Product.objects.filter(directory="calibration").exclude(name=CALTABLES).first()
    reduced_again(tmp_path, without={gone.name})

    reduced_again(tmp_path)

    rows = Product.objects.filter(name=gone.name, directory="calibration").order_by("version")
    assert [(row.version, row.superseded_at is None) for row in rows] == [(1, False), (2, True)]
    assert not Finding.objects.filter(code="absent-from-version", settled_at=None).exists()


def test_a_part_that_comes_again_without_a_reason_leaves_nothing_out(package, tmp_path):
    ingest_delivery(package)
    kept = Product.objects.filter(directory="calibration").exclude(name=CALTABLES).first()

    report = reduced_again(tmp_path, without={kept.name}, reason="")

    assert report.left_out == []
    kept.refresh_from_db()
    assert kept.superseded_at is None


def test_a_re_reduction_never_sets_raw_data_or_other_directories_aside(package, tmp_path):
    ingest_delivery(package)
    before = set(Product.objects.exclude(directory="calibration").values_list("pk", flat=True))
    again = tmp_path / "again"
    again.mkdir()
    auxiliary = deliveries.tar(again / deliveries.AUXILIARY_TAR, deliveries.auxiliary())
    one_block = next(path for path in package if path.name == deliveries.raw_tar(deliveries.FIRST))

    ingest_delivery([auxiliary, one_block], reason=QA3)

    assert set(Product.objects.filter(pk__in=before, superseded_at=None).values_list("pk", flat=True)) == before


def test_the_version_in_a_name_is_the_pipelines_and_stands_beside_ours():
    assert versions.token("member.uid___A001_X1_X2.HL_Tau_sci.spw2.cube.I.pbcor.fits") == ""
    words = versions.token("member.uid___A001_X1_X2.J1248-4559_ph.spw21.mfs.I.pbcor.v2.fits")
    assert words == "v2 in the name is the pipeline's: image number 2 of this product in one run"
