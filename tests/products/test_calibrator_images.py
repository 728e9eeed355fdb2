"""Images of calibrators, which may be public inside a proprietary MOUS: by what the index and the file itself say."""

import gzip
import io

import numpy
import pytest
from astropy.io import fits as pyfits
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from archive import access, access_refusals, ingest
from archive.models import MemberOUS, Project
from archive.sources import source_key
from products import download, fits, listing
from products.ingest import ingest_delivery
from products.models import Product
from tests import deliveries, make

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
QUASAR = "J0423-0120"
IMAGE = f"member.uid___A001_X3621_X541.{QUASAR}_bp.spw25.mfs.I.pbcor.fits"
PLACE = {"ra_deg": 65.81584, "dec_deg": -1.34252}


@pytest.fixture
def opened(settings):
    settings.PUBLIC_CALIBRATOR_IMAGES = True


@pytest.fixture
def mous():
    return make.mous(pi=make.user("alma_pi"))


def quasar(mous, *intents, name=QUASAR, **place):
    return make.source(mous, name, intents=intents or ("BANDPASS", "AMPLITUDE"), **PLACE | place)


def image(source, name=IMAGE, *, shows=None, **changes):
    header = {"shape": [400, 400], "object": shows or source.name, "object_key": source_key(shows or source.name)}
    return make.product(source.mous, name, "calibrator_image", source=source, **{"header": header} | changes)


def bytes_are_open(product):
    """By the lock of its row, by the route of its file, and by the reason for the log: the three never differ."""
    lock = listing.find(product.pk, NOBODY, make.NOW).readable
    ground = listing.ground(NOBODY, product, make.NOW)
    assert lock == (ground == access.Ground(access.Rule.CALIBRATOR))
    assert lock == listing.permitted_rows(NOBODY, make.NOW).filter(pk=product.pk).exists()
    assert lock == (Client().head(f"/api/products/{product.pk}/file").status_code == 200)
    return lock


def test_it_is_open_where_the_archive_is_set_so(mous, opened):
    assert bytes_are_open(image(quasar(mous)))


def test_it_is_as_proprietary_as_its_mous_by_default(mous):
    assert not bytes_are_open(image(quasar(mous)))


@pytest.mark.parametrize("intents", [("TARGET",), ("TARGET", "BANDPASS"), (), ("CALIBRATE_ATMOSPHERE",)])
def test_what_is_not_a_calibrator_alone_is_not_open(mous, opened, intents):
    source = make.source(mous, QUASAR, intents=intents, **PLACE)

    assert not bytes_are_open(image(source))


@pytest.mark.parametrize("place", [PLACE, {"ra_deg": None, "dec_deg": None}, {"ra_deg": 10.0, "dec_deg": 10.0}])
def test_a_target_of_another_mous_of_the_project_is_not_open(mous, opened, place):
    product = image(quasar(mous))
    other = make.mous("uid://A001/X3621/X999", code=make.CODE)
    assert bytes_are_open(product)

    quasar(other, "TARGET", **place)

    assert not bytes_are_open(product)


@pytest.mark.parametrize(
    ("ra_deg", "dec_deg", "is_open"),
    [
        (65.81584, -1.34252, False),
        (65.81584, -1.34252 + 1 / 3600, False),
        (65.81584 + 1 / 3600, -1.34252, False),
        (65.81584 + 360, -1.34252, False),
        (65.81584, -1.34252 + 3 / 3600, True),
        (None, None, True),
    ],
)
def test_a_target_at_its_place_closes_it_whatever_its_name(mous, opened, ra_deg, dec_deg, is_open):
    make.source(mous, "PKS 0420-01", intents=("TARGET",), ra_deg=ra_deg, dec_deg=dec_deg)

    assert bytes_are_open(image(quasar(mous))) is is_open


def test_a_target_of_somebody_elses_project_closes_nothing(mous, opened):
    other = make.mous("uid://A001/X7/X8", code="2023.1.00222.S")
    quasar(other, "TARGET")

    assert bytes_are_open(image(quasar(mous)))


def test_a_confidential_project_opens_nothing(mous, opened):
    product = image(quasar(mous))
    Project.objects.update(confidential=True)

    with pytest.raises(listing.UnknownProductError):
        listing.find(product.pk, NOBODY, make.NOW)
    assert not listing.permitted_rows(NOBODY, make.NOW).exists()
    assert listing.ground(NOBODY, product, make.NOW) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("uid___A002_X1_X2.ms.split.cal.tar", "measurement_set"),
        (IMAGE.replace(".fits", ".txt"), "calibrator_image"),
        (IMAGE, "calibrator_image"),
    ],
)
def test_what_holds_no_image_is_not_open_whatever_it_is_called(mous, opened, name, role):
    assert not bytes_are_open(make.product(mous, name, role, source=quasar(mous)))


def test_an_image_that_shows_something_else_is_not_open(mous, opened):
    """The name of the file says the calibrator, its header the target."""
    make.source(mous)

    assert not bytes_are_open(image(quasar(mous), shows="NGC1052"))


def test_an_image_without_a_source_is_not_open(mous, opened):
    header = {"shape": [400, 400], "object": QUASAR, "object_key": source_key(QUASAR)}

    assert not bytes_are_open(make.product(mous, IMAGE, "calibrator_image", header=header))


def test_a_list_shows_which_rows_are_open(mous, opened):
    open_one = image(quasar(mous))
    make.product(mous, "raw.tar", "raw")

    rows = listing.of_mous(mous, NOBODY, make.NOW)

    assert {row.name: row.readable for row in rows} == {open_one.name: True, "raw.tar": False}


def test_whoever_may_have_the_mous_has_it_by_that_right(mous, opened):
    product = image(quasar(mous))

    assert listing.ground(mous.project.pi.user, product, make.NOW).rule == access.Rule.PI


def test_the_check_while_bytes_flow_asks_the_same(mous, opened, settings):
    product = image(quasar(mous))
    assert download.permitted(product.pk, by=NOBODY, now=make.NOW) == product

    settings.PUBLIC_CALIBRATOR_IMAGES = False

    with pytest.raises(access_refusals.ProprietaryError):
        download.permitted(product.pk, by=NOBODY, now=make.NOW)


def test_the_words_for_calibrators_are_those_of_the_index():
    assert set(access.CALIBRATOR_INTENTS) == set(ingest.INTENTS.values()) - {"TARGET"}


def written(path, hdu, **header):
    hdu.header.update(header)
    hdu.writeto(path, overwrite=True)
    return path


def test_what_an_image_shows_is_read_in_the_file_plain_or_packed(tmp_path):
    path = written(tmp_path / "image.fits", pyfits.PrimaryHDU(numpy.zeros((3, 4), "f4")), OBJECT=" J0423-0120 ")

    for content in (path.read_bytes(), gzip.compress(path.read_bytes())):
        assert fits.subject(io.BytesIO(content)) == {"shape": [4, 3], "object": QUASAR, "object_key": "j0423-0120"}


@pytest.mark.parametrize(
    "content",
    [b"", b"SIMPLE  =                    T", b"J0423-0120\n" * 9000, b"\x1f\x8bno gzip", gzip.compress(b"text")],
    ids=["empty", "cut short", "text", "broken gzip", "packed text"],
)
def test_what_is_no_image_shows_nothing(content):
    assert fits.subject(io.BytesIO(content)) == {}


def test_a_table_in_a_fits_file_shows_nothing(tmp_path):
    path = written(tmp_path / "table.fits", pyfits.PrimaryHDU(), OBJECT=QUASAR)

    assert fits.subject(path.open("rb")) == {}


@pytest.mark.django_db(transaction=True)
def test_ingest_reads_it_also_of_a_file_that_it_holds_already(tmp_path):
    package = deliveries.write(tmp_path)
    ingest_delivery(package)
    held = Product.objects.exclude(header={})
    names = set(held.values_list("name", flat=True))
    held.update(header={})

    ingest_delivery(package)

    assert set(Product.objects.exclude(header={}).values_list("name", flat=True)) == names
    assert MemberOUS.objects.count() == 1
