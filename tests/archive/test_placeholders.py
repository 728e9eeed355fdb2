"""An announced MOUS and its delivery are one, also where ObsCore did not say to which group it belongs."""

import pytest

from archive import placeholders
from archive.consistency import ContradictionError
from archive.models import GroupOUS, MemberOUS, Observation, Tally
from products.ingest import ingest_delivery
from tests import deliveries, make, observations

pytestmark = pytest.mark.django_db(transaction=True)
MOUS, GOUS, SGOUS = (deliveries.archive_form(uid) for uid in (deliveries.MOUS, deliveries.GOUS, deliveries.SGOUS))


def announce(group, *, code=deliveries.PROJECT):
    gous = GroupOUS.objects.create(uid=group, project=make.project(code))
    mous = MemberOUS.objects.create(uid=MOUS, gous=gous)
    observations.observation(mous, "HL Tau")
    return mous


def test_a_delivery_puts_its_group_in_the_place_of_a_placeholder(tmp_path):
    announced = announce(MOUS)
    assert placeholders.is_placeholder(announced.gous)

    ingest_delivery(deliveries.write(tmp_path))

    mous, gous = MemberOUS.objects.get(), GroupOUS.objects.get()
    assert (mous.pk, mous.delivery_state, mous.gous) == (announced.pk, "complete", gous)
    assert (gous.uid, gous.science_goal_uid) == (GOUS, SGOUS)
    assert set(Observation.objects.values_list("mous", "gous")) == {(mous.pk, gous.pk)}
    assert list(Tally.objects.values_list("mous", "gous", "rows")) == [(mous.pk, gous.pk, Observation.objects.count())]


def test_the_raw_data_of_both_ways_are_packed_with_the_same_bytes(tmp_path):
    announce(MOUS)
    package = deliveries.write(tmp_path)
    ingest_delivery(package)

    (report,) = ingest_delivery(package)

    assert (report.new, report.changed) == ([], [])


def test_a_group_that_obscore_named_learns_its_science_goal(tmp_path):
    announce(GOUS)

    ingest_delivery(deliveries.write(tmp_path))

    assert GroupOUS.objects.get().science_goal_uid == SGOUS


@pytest.mark.parametrize(
    ("group", "code", "said"),
    [
        ("uid://A001/X1/X9", deliveries.PROJECT, "indexed in uid://A001/X1/X9"),
        (MOUS, "2023.1.00999.S", r"indexed in 2023\.1\.00999\.S"),
    ],
)
def test_what_else_contradicts_is_still_refused(tmp_path, group, code, said):
    announce(group, code=code)

    with pytest.raises(ContradictionError, match=said):
        ingest_delivery(deliveries.write(tmp_path))
    assert MemberOUS.objects.get().delivery_state == "announced"


def test_a_group_with_other_members_is_no_placeholder():
    mous = make.mous()

    assert not placeholders.is_placeholder(mous.gous)
