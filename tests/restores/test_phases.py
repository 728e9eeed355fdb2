"""The table of phases, and the history that nobody rewrites."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from products import slots
from products.models import CubeSlot
from restores import phases
from restores.models import ImagingDetails, Phase, PhaseChange, Request
from tests import make


@pytest.fixture
def image(db):
    mous = make.restorable_mous()
    owner = make.user()
    request = Request.objects.create(
        kind="image", mous=mous, calibration=mous.calibration, owner=owner, casa_version="6.7.0.31"
    )
    source = mous.sources.get(key="ngc1052")
    ImagingDetails.objects.create(request=request, source=source)
    slots.reserve(source, request_id=request.pk, by=owner)
    return request


def test_every_phase_has_its_row_in_the_table():
    assert set(phases.MOVES) == set(Phase)
    assert all(not phases.MOVES[phase] for phase in phases.ENDED)


@pytest.mark.parametrize(("phase", "to"), [("QUEUED", "COMPLETED"), ("COMPLETED", "ABORTED"), ("ERROR", "QUEUED")])
def test_a_move_that_is_not_in_the_table_is_refused_and_leaves_no_trace(image, phase, to):
    ended = {"ended_at": timezone.now()} if phase in phases.ENDED else {}
    Request.objects.filter(pk=image.pk).update(phase=phase, error_code="x", **ended)

    with pytest.raises(phases.IllegalMoveError, match=f"is {phase} and cannot become {to}"):
        phases.move(image, to)

    assert not image.history.exists()


def test_the_row_decides_and_not_the_copy_in_memory(image):
    stale = Request.objects.get(pk=image.pk)
    phases.move(image, Phase.ABORTED)

    with pytest.raises(phases.IllegalMoveError):
        phases.move(stale, Phase.EXECUTING)


@pytest.mark.parametrize("to", [Phase.ERROR, Phase.ABORTED])
def test_an_end_without_a_cube_frees_its_place(image, to):
    phases.move(image, to, error_code="crashed")

    assert not CubeSlot.objects.exists()
    assert image.ended_at


def test_a_rolled_back_end_keeps_the_place(image):
    def abort_and_regret():
        with transaction.atomic():
            phases.move(image, Phase.ABORTED)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        abort_and_regret()

    assert CubeSlot.objects.count() == 1


@pytest.mark.parametrize("change", ["UPDATE restores_phasechange SET note = 'x'", "DELETE FROM restores_phasechange"])
def test_the_database_refuses_to_rewrite_history(image, change):
    phases.remark(image, "queued")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)

    assert PhaseChange.objects.get().note == "queued"
