import uuid

import pytest
from django.db import IntegrityError, transaction

from archive.staff import Role
from products import slots
from products.models import CubeSlot
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def target():
    return make.source(make.mous(pi=make.user("pi")))


def test_a_second_cube_of_a_source_is_refused_whatever_its_spectral_window(target):
    slots.reserve(target, request_id=uuid.uuid4(), by=make.user("first"))

    with pytest.raises(slots.CubeExistsError, match="whatever its spectral window") as refused:
        slots.reserve(target, request_id=uuid.uuid4(), by=make.user("second"))
    assert refused.value.status == 409


def test_another_source_and_another_mous_have_places_of_their_own(target):
    slots.reserve(target, request_id=uuid.uuid4(), by=make.user())

    slots.reserve(make.source(target.mous, "NGC1068"), request_id=uuid.uuid4(), by=make.user())
    slots.reserve(make.source(make.mous("uid://A001/X3621/X6ff")), request_id=uuid.uuid4(), by=make.user())

    held = CubeSlot.objects.values_list("mous__uid", "source__name")
    assert set(held) == {(make.MOUS, "NGC1052"), (make.MOUS, "NGC1068"), ("uid://A001/X3621/X6ff", "NGC1052")}


def test_a_refusal_leaves_the_transaction_around_it_usable(target):
    slots.reserve(target, request_id=uuid.uuid4(), by=make.user())

    with transaction.atomic():
        with pytest.raises(slots.CubeExistsError):
            slots.reserve(target, request_id=uuid.uuid4(), by=make.user())
        assert CubeSlot.objects.count() == 1


def test_the_holder_is_named_only_to_the_pi_staff_and_the_holder(target):
    slot = slots.reserve(target, request_id=uuid.uuid4(), by=make.user("holder"))

    def told(person):
        return slots.CubeExistsError(slot, by=person, phase="EXECUTING").facts["holder"]

    assert told(make.user("holder")) == "holder"
    assert told(make.user("pi")) == "holder"
    assert told(make.staff("operator", Role.OPERATOR)) == "holder"
    assert told(make.staff("reducer", Role.DATA_REDUCER)) is None
    assert told(make.user("stranger")) is None
    assert "holder" not in str(slots.CubeExistsError(slot, by=make.user("stranger"), phase="EXECUTING"))


def test_a_stored_cube_is_named_with_its_address(target):
    request_id = uuid.uuid4()
    slot = slots.reserve(target, request_id=request_id, by=make.user())
    cube = make.product(target.mous, "cube.fits", "science_image", origin="imaged", request_id=request_id)

    slots.bind(request_id, cube)

    slot.refresh_from_db()
    error = slots.CubeExistsError(slot, by=make.user(), phase="COMPLETED")
    assert error.facts["product"].endswith(f"/api/products/{cube.pk}/file")
    assert error.facts["product"] in error.remedy
    assert "is already archived" in str(error)


def test_a_place_given_up_is_free_for_the_next(target):
    first = uuid.uuid4()
    slots.reserve(target, request_id=first, by=make.user())

    slots.free(first)
    slots.reserve(target, request_id=uuid.uuid4(), by=make.user("second"))

    assert CubeSlot.objects.get().holder.username == "second"


def test_a_cube_whose_place_was_given_up_cannot_be_bound(target):
    request_id = uuid.uuid4()
    slots.reserve(target, request_id=request_id, by=make.user())
    cube = make.product(target.mous, "cube.fits", "science_image", origin="imaged", request_id=request_id)
    slots.free(request_id)

    with pytest.raises(slots.SlotLostError, match="gave it up"):
        slots.bind(request_id, cube)


def test_the_database_itself_holds_one_place_per_source(target):
    slots.reserve(target, request_id=uuid.uuid4(), by=make.user())

    with pytest.raises(IntegrityError, match="one_user_cube_per_mous_and_source"), transaction.atomic():
        CubeSlot.objects.create(mous=target.mous, source=target, request_id=uuid.uuid4(), holder=make.user())


def test_a_conflict_that_is_not_about_the_place_is_not_tried_again(target):
    request_id = uuid.uuid4()
    slots.reserve(target, request_id=request_id, by=make.user())
    other = make.source(target.mous, "NGC1068")

    with pytest.raises(IntegrityError, match="request_id"):
        slots.reserve(other, request_id=request_id, by=make.user())
