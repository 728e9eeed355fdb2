"""Cones of every width: what lies a little before the antipode of their middle is told from what lies on it."""

import pytest

from tests import make, observations
from tests.archive.search import asking

pytestmark = pytest.mark.django_db
# The radius of a cone around (10, +20) is 0.0036 arcsec short of the whole sky
ALMOST_ALL = "179.999999deg"
ANTIPODE = (190.0, -20.0)


@pytest.fixture
def far_away():
    mous = make.mous(release_at=make.LONG_AGO)
    for name, arcsec in (("on it", 0), ("a little before", 0.0030), ("before", 0.0042), ("far before", 3600)):
        ra, dec = ANTIPODE
        observations.observation(mous, name, at=(ra, dec + arcsec / 3600), bound_rad=0.0)
    return {"position": "10 +20"}


@pytest.mark.parametrize("match", ["center", "footprint"])
def test_a_cone_of_almost_the_whole_sky_leaves_out_what_is_left_of_it(far_away, match):
    found = asking.targets(**far_away, radius=ALMOST_ALL, match=match)

    assert sorted(found) == ["before", "far before"]


@pytest.mark.parametrize("match", ["center", "footprint"])
def test_a_cone_of_the_whole_sky_has_the_antipode_of_its_middle(far_away, match):
    assert len(asking.targets(**far_away, radius="180deg", match=match)) == 4


def test_a_cone_of_more_than_half_of_the_sky_ends_at_its_radius(far_away):
    assert sorted(asking.targets(**far_away, radius="179.5deg")) == ["far before"]
    assert asking.targets(**far_away, radius="178.9deg") == []
