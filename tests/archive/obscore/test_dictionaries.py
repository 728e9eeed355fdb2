"""Texts that stand once: a load remembers the ids of those it has met."""

import polars as pl
import pytest

from archive.models import TargetName
from archive.obscore.dictionaries import NAMES, Known


def ids(known, *names):
    return known.ids(NAMES, pl.DataFrame({"name": names})).tolist()


def held(*names):
    of = dict(TargetName.objects.values_list("name", "id"))
    return [of[name] for name in names]


@pytest.mark.django_db
def test_each_text_is_added_once():
    assert ids(Known(), "W Hya", "TW Hya", "W Hya") == held("W Hya", "TW Hya", "W Hya")


@pytest.mark.django_db
def test_what_is_there_already_keeps_its_id():
    there = TargetName.objects.create(name="TW Hya", key="twhya")

    assert ids(Known(), "W Hya", "TW Hya") == held("W Hya", "TW Hya")
    assert held("TW Hya") == [there.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("before", [(), ("R Dor",)])
def test_nothing_is_asked_for_twice(django_assert_num_queries, before):
    for name in before:
        TargetName.objects.create(name=name, key=name)
    known = Known()
    first = ids(known, "W Hya", "R Dor")

    with django_assert_num_queries(0):
        assert ids(known, "R Dor", "W Hya") == first[::-1]


@pytest.mark.django_db
def test_what_a_delivery_adds_between_two_portions_is_found():
    known = Known()
    ids(known, "W Hya")
    TargetName.objects.create(name="TW Hya", key="twhya")

    assert ids(known, "TW Hya", "R Dor") == held("TW Hya", "R Dor")
    assert ids(known, "R Dor", "W Hya", "TW Hya") == held("R Dor", "W Hya", "TW Hya")
