"""Raw data by execution block, in the names and spellings in which ALMA's users know them."""

import pytest
from django.urls import reverse

from archive.models import MemberOUS
from products import versions
from products.models import Product
from tests import make, people

pytestmark = pytest.mark.django_db
BLOCK = "uid___A002_X10ac6bc_Xc391"
NAME = f"{make.CODE}_{BLOCK}.asdm.sdm.tar"
BYTES = b"the ASDM of one execution block"
SPELLINGS = (
    NAME,
    f"{make.CODE}_{BLOCK}_asdm.sdm.tar",  # as ALMA's manual prints it
    f"{BLOCK}.asdm.sdm.tar",
    f"{BLOCK}.asdm.sdm",
    BLOCK,
    "uid://A002/X10ac6bc/Xc391",
    "uid%3A%2F%2FA002%2FX10ac6bc%2FXc391",
    "uid:/A002/X10AC6BC/XC391",
)


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


@pytest.fixture
def block(mous):
    return make.eb(mous)


@pytest.fixture
def raw(mous, block):
    return make.product(mous, NAME, "raw", directory="raw", eb=block, content=BYTES)


def body(answer):
    return b"".join(answer.streaming_content)


def address(text=NAME):
    return f"/dataPortal/{text}"


def code_of(answer):
    return answer.json()["error"]["code"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_block_is_named_as_its_file_or_by_its_uid(client, raw, spelling):
    answer = client.get(address(spelling))

    assert (answer.status_code, body(answer)) == (200, BYTES)
    assert answer["Content-Disposition"] == f"attachment; filename={NAME}"


def test_head_and_ranges_are_those_of_the_file(client, raw):
    head, part = client.head(address()), client.get(address(), headers={"Range": "bytes=4-7"})

    assert (head.status_code, head["Content-Length"], head["ETag"]) == (200, str(len(BYTES)), f'"{raw.sha256}"')
    assert (part.status_code, body(part)) == (206, b"ASDM")


@pytest.mark.parametrize(
    "word", ["NGC1052", "uid___A002_X10ac6bc", f"{NAME}.gz", f"{BLOCK}_{BLOCK}.asdm.sdm.tar", "a/b"]
)
def test_what_names_no_block_is_said_to(client, raw, word):
    answer = client.get(address(word))

    assert answer.status_code == 400
    assert code_of(answer) == "not-a-uid"


@pytest.mark.parametrize("role", people.EVERYBODY)
def test_proprietary_raw_data_are_for_those_who_have_the_mous(mous, raw, role, settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)
    caller = people.client(people.cast(mous)[role])
    wanted = 200 if role in people.ENTITLED else 401 if role == "anonymous" else 403

    assert [caller.head(address()).status_code, caller.get(address()).status_code] == [wanted] * 2


def test_a_block_whose_raw_data_have_not_come_says_what_to_do(client, mous, block):
    answer = client.get(address())

    assert (answer.status_code, code_of(answer)) == (404, "raw-data-not-here")
    assert mous.uid in answer.json()["error"]["remedy"]
    assert "ALMA" in answer.json()["error"]["remedy"]


def test_a_hidden_block_is_no_block(client, mous, raw):
    project = mous.project
    project.confidential = True
    project.save()

    hidden, absent = client.get(address(BLOCK)), client.get(address("uid___A002_X1_X1"))

    assert [code_of(hidden), code_of(absent)] == ["unknown-block"] * 2
    assert hidden.content.decode().replace("X10ac6bc/Xc391", "X1/X1") == absent.content.decode()


def test_the_version_in_force_is_handed_out(client, mous, block, raw):
    change = versions.Change.now("timestamps were wrong")
    versions.set_aside([raw], change)
    newer = make.product(mous, NAME, "raw", directory="raw", eb=block, content=b"read again", version=2)
    versions.succeed(raw, newer)

    assert body(client.get(address())) == b"read again"


def test_raw_data_that_were_withdrawn_say_why(client, raw):
    Product.objects.filter(pk=raw.pk).update(withdrawn_at=make.NOW, withdrawn_reason="of another block")

    answer = client.get(address())

    assert answer.status_code == 410
    assert "of another block" in answer.json()["error"]["sentence"]


def test_the_page_of_the_mous_leads_to_the_raw_data_of_each_block(client, mous, raw):
    make.eb(mous, make.SECOND_EB)

    page = client.get(mous.get_absolute_url()).content.decode()

    assert f'href="{reverse("raw-data", args=[NAME])}"' in page
    assert page.count("not in this archive") == 1


def test_the_page_shows_whose_raw_data_are_locked(client, mous, raw):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)

    page = client.get(mous.get_absolute_url()).content.decode()

    assert address() not in page
    assert NAME in page


def test_what_is_quarantined_is_not_offered_but_explained(client, mous, raw):
    Product.objects.filter(pk=raw.pk).update(quarantined_at=make.NOW, quarantine_reason="its checksum differs")

    page = client.get(mous.get_absolute_url()).content.decode()

    assert address() not in page
    assert f"/file/{NAME}" not in page
    assert page.count("quarantined") == 2  # among the blocks, and among the files
    assert "its checksum differs" in client.get(reverse("product-page", args=[raw.pk])).content.decode()


# Addresses that end in the name of the file


@pytest.mark.parametrize(("name", "last"), [(NAME, NAME), ("NGC 1052;x.fits", "NGC_1052_x.fits")])
def test_an_address_ends_in_the_name_of_the_file(client, mous, name, last):
    product = make.product(mous, name, content=BYTES)
    where = reverse("product-named", args=[product.pk, last])

    assert where.endswith(f"/{last}")
    assert where in client.get(mous.get_absolute_url()).content.decode()
    assert body(client.get(where)) == BYTES
    assert client.get(reverse("product-named", args=[product.pk, name])).status_code == 200


def test_another_name_is_another_file(client, raw):
    answer = client.get(reverse("product-named", args=[raw.pk, "other.tar"]))

    assert (answer.status_code, code_of(answer)) == (404, "unknown-file")
