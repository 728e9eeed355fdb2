"""Previews are shown to whoever may have the file, at that moment, and to nobody else."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from archive.models import AccessRecord
from products.models import Product
from products.previews import making
from tests import make, people

pytestmark = pytest.mark.django_db
NAME = "peak-256.png"


@pytest.fixture
def cube(image):
    made = image(make.mous(pi=make.user("vega")))
    making.make_due()
    return made


def release(product):
    type(product.mous).objects.filter(pk=product.mous_id).update(release_at=make.LONG_AGO)


def preview(product, name=NAME):
    return reverse("preview", args=[product.pk, name])


def test_the_pi_sees_them_and_a_stranger_does_not(cube, client):
    hers, strangers = people.client(make.user("vega")), people.client(make.user("lyra"))

    assert hers.get(preview(cube)).content[:4] == b"\x89PNG"
    assert strangers.get(preview(cube)).status_code == 403
    assert client.get(preview(cube)).status_code == 401
    assert strangers.get(reverse("api-previews", args=[cube.pk])).status_code == 403
    for caller in (strangers, client):
        page = caller.get(reverse("product-page", args=[cube.pk]))
        assert page.status_code == 200
        assert NAME[:4] not in page.content.decode().split("Previews</h2>")[1]


def test_everybody_sees_those_of_public_data(cube, client):
    release(cube)

    answer = client.get(preview(cube))

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert not AccessRecord.objects.exists()


def test_no_cache_that_is_shared_may_keep_one_and_none_is_sent_twice(cube):
    client = people.client(make.user("vega"))
    answer = client.get(preview(cube))

    assert "private" in answer["Cache-Control"]
    again = client.get(preview(cube), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (
        people.client(make.user("lyra")).get(preview(cube), headers={"If-None-Match": answer["ETag"]}).status_code
        == 403
    )


def test_who_looked_at_proprietary_data_is_in_the_log(cube):
    people.client(make.user("vega")).get(preview(cube))

    begun, ended = AccessRecord.objects.order_by("pk")
    assert (begun.what, begun.rule, begun.subject) == ("download", "PI", cube.pk)
    assert begun.name.endswith(f"fits {NAME}")
    assert (ended.outcome, ended.bytes_sent) == ("complete", begun.bytes_asked)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"withdrawn_at": make.NOW, "withdrawn_reason": "wrong"}, 410),
        ({"expires_at": make.NOW}, 410),
        ({"quarantined_at": make.NOW, "quarantine_reason": "broken"}, 0),
    ],
)
def test_what_is_not_handed_out_has_no_previews_either(cube, changes, status):
    release(cube)
    client = people.client(make.user("vega"))
    Product.objects.filter(pk=cube.pk).update(**changes)
    file = client.get(reverse("product-file", args=[cube.pk])).status_code

    assert file == (status or file) != 200
    assert client.get(preview(cube)).status_code == file
    assert client.get(reverse("api-previews", args=[cube.pk])).status_code == file
    assert "/previews/" not in client.get(reverse("product-page", args=[cube.pk])).content.decode()


def test_the_list_leads_to_each_and_says_how_far_they_are(cube, image):
    client = people.client(make.user("vega"))
    told = client.get(reverse("api-previews", args=[cube.pk])).json()

    assert told["state"] == "made"
    assert len(told["previews"]) == 7
    for each in told["previews"]:
        answer = client.get(urlsplit(each["address"]).path)
        assert (answer.status_code, len(answer.content)) == (200, each["size"])
    waiting = image(cube.mous, "another.fits")
    assert client.get(reverse("api-previews", args=[waiting.pk])).json()["state"] == "due"
    text = make.product(cube.mous)
    assert client.get(reverse("api-previews", args=[text.pk])).json()["state"] == "none"


def test_a_name_that_is_none_is_not_found(cube):
    assert people.client(make.user("vega")).get(preview(cube, "x.png")).status_code == 404


def test_pages_show_small_pictures_to_whom_they_are(cube, client):
    mous = reverse("mous", args=[cube.mous.name])

    assert preview(cube) in people.client(make.user("vega")).get(mous).content.decode()
    assert "/previews/" not in client.get(mous).content.decode()
    assert "/previews/" not in people.client(make.user("lyra")).get(mous).content.decode()


def test_the_page_of_a_product_has_the_large_ones_and_the_numbers_for_its_script(cube):
    page = people.client(make.user("vega")).get(reverse("product-page", args=[cube.pk])).content.decode()

    assert f'data-from="{preview(cube, "numbers.json")}"' in page
    assert preview(cube, "moment0-1024.png") in page
    assert "style=" not in page
