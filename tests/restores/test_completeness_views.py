"""The completeness matrix as readers see it, and the request that would make a missing cube."""

import uuid

import pytest
from django.urls import reverse

from products.models import CubeSlot
from restores import image_request
from tests import make, people
from tests.products.test_completeness import image

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    made = make.restorable_mous(pi=make.user("pi"))
    image(made, (25,), "cube")
    image(made, (25, 27), "cont")
    return made


@pytest.fixture
def pi(mous):
    return people.client(make.user("pi"))


def cells(reader, mous):
    told = reader.get(reverse("api-completeness", args=[mous.name])).json()
    return {(cell["spw"], cell["type"], cell["calibration"]): cell for cell in told["cells"]}


def page(reader, mous):
    return reader.get(reverse("completeness", args=[mous.name])).content.decode()


def test_the_mous_leads_to_its_matrix(client, mous):
    address = reverse("completeness", args=[mous.name])

    assert f'href="{address}"' in client.get(mous.get_absolute_url()).content.decode()
    assert client.get(address).status_code == 200


def test_programs_are_told_state_reason_and_files(client, mous):
    told = cells(client, mous)

    assert (told[25, "cube", "regcal"]["state"], told[25, "cube", "regcal"]["why"]) == ("present", "")
    assert told[25, "cube", "regcal"]["products"] == list(
        mous.products.filter(mode="cube").values_list("name", flat=True)
    )
    assert told[27, "cube", "regcal"]["state"] == "mitigated"
    assert told[27, "mfs", "regcal"]["request"] is None


def test_the_request_for_a_missing_cube_is_one_that_the_archive_takes(pi, mous):
    wanted = cells(pi, mous)[27, "cube", "regcal"]["request"]

    assert image_request.read(wanted).source == "NGC1052"
    assert pi.post("/api/images/", wanted, content_type="application/json").status_code == 201


def test_the_page_leads_to_the_form_filled_for_the_missing_cube(pi, mous):
    address = f"{reverse('image', args=[mous.name])}?source=NGC1052&amp;spw=27"
    assert page(pi, mous).count("Make it") == 1
    assert f'href="{address}"' in page(pi, mous)

    form = pi.get(address.replace("&amp;", "&")).context["form"]

    assert (form["source"].value(), form["spw"].value()) == ("NGC1052", "27")


def test_who_may_not_ask_for_a_cube_is_given_no_request(client, mous):
    assert cells(client, mous)[27, "cube", "regcal"]["request"] is None
    assert "Make it" not in page(client, mous)
    assert "No cube can be requested" in page(client, mous)


def test_no_second_cube_of_a_source_is_offered(pi, mous):
    facts = {"request_id": "6b1f0ae0-3b0a-4b8e-9d0b-0f8a4f7f8a11", "holder": make.user("pi")}
    CubeSlot.objects.create(mous=mous, source=mous.sources.get(name="NGC1052"), **facts)

    assert cells(pi, mous)[27, "cube", "regcal"]["request"] is None


def test_the_holder_is_offered_to_replace_her_cube_and_others_are_not(pi, mous):
    source = mous.sources.get(key="ngc1052")
    made = {"origin": "imaged", "request_id": uuid.uuid4(), "source": source, "spws": [27], "mode": "cube"}
    cube = make.product(mous, "mine.cube.I.pbcor.fits", "user_cube", layer="pbcor", **made)
    slot = {"mous": mous, "source": source, "request_id": cube.request_id, "product": cube}
    CubeSlot.objects.create(holder=make.user("pi"), **slot)
    delegee = make.user("delegee")
    make.delegation(mous.project, delegee, by=make.user("pi"))

    offered = cells(pi, mous)[27, "cube", "regcal"]["request"]

    assert offered["replaces"] == str(cube.pk)
    assert image_request.read(offered | {"reason": "a finer grid"}).replaces == cube.pk
    assert f"?replaces={cube.pk}" in page(pi, mous)
    assert f"?replaces={cube.pk}" not in page(people.client(delegee), mous)
    assert cells(people.client(delegee), mous)[27, "cube", "regcal"]["request"] is None
    CubeSlot.objects.update(
        next_request_id=uuid.uuid4(), next_holder=delegee, next_at=make.NOW, next_reason="a finer grid"
    )
    assert f"?replaces={cube.pk}" not in page(pi, mous)


def test_self_calibration_has_columns_where_there_is_any(client, mous):
    assert "selfcal" not in page(client, mous)

    image(mous, (27,), "cube", calibration="selfcal")

    assert "selfcal" in page(client, mous)
