"""How far a load is, where portions may be in the index before those in front of them."""

from itertools import permutations

import pytest

from archive.models import Load
from archive.obscore import progress

PORTIONS = (slice(0, 10), slice(10, 20), slice(20, 25))
NEW = {"new": 4, "changed": 1, "unchanged": 0}


def noted(*portions):
    load = Load.objects.create(source="rows.csv")
    for where in portions:
        progress.note(load.pk, where, NEW)
    return Load.objects.get(pk=load.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(PORTIONS)))
def test_all_is_done_in_whatever_order(order):
    load = noted(*order)

    assert (load.rows_done, load.report["ahead"]) == (25, [])
    assert load.report["counts"] == {"new": 12, "changed": 3, "unchanged": 0}


@pytest.mark.django_db
@pytest.mark.parametrize("done", [(0,), (1,), (2,), (0, 2), (1, 2), (2, 1)])
def test_a_second_start_knows_the_portions_that_are_there(done):
    load = noted(*(PORTIONS[number] for number in done))

    assert [progress.is_done(load, where) for where in PORTIONS] == [number in done for number in range(3)]


@pytest.mark.django_db
def test_a_load_that_broke_off_goes_on_behind_its_rows():
    load = Load.objects.create(source="rows.csv", rows_done=10, report={"counts": NEW, "counted": False})

    assert [progress.is_done(load, where) for where in PORTIONS] == [True, False, False]
    progress.note(load.pk, PORTIONS[1], NEW)
    assert Load.objects.get().rows_done == 20
