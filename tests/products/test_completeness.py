"""Which images of a MOUS there are: what the package shows, and an honest `unknown` where it shows nothing."""

import pytest
from django.contrib.auth.models import AnonymousUser

from archive import findings
from archive.models import MemberOUS
from products import completeness, naming
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    """Delivered whole: one target, windows 25 and 27, and no image yet."""
    return make.restorable_mous(pi=make.user("pi"))


def name_of(mous, spws, mode, source="NGC1052", calibration="regcal", **changes):
    said = {"level": "member", "mous": mous.name, "intent": "sci", "stokes": "I", "layer": "pbcor", "ext": "fits"}
    fields = said | {"source": source, "spws": spws, "mode": mode, "calibration": calibration} | changes
    return naming.compose(naming.ProductName("", "pbcor", **fields))


def image(mous, spws, mode, source="NGC1052", calibration="regcal", *, manual=False, layer="pbcor", **changes):
    name = name_of(mous, spws, mode, source, calibration, manual=manual, layer=layer)
    facts = {"mode": mode, "calibration": calibration, "manual": manual, "layer": layer, "intent": "sci", "stokes": "I"}
    held = mous.sources.filter(name=source).first()
    return make.product(mous, name, "science_image", source=held, spws=list(spws), **facts | changes)


def cell(mous, spw, kind, calibration="regcal", *, source="NGC1052", reader=None):
    cells = completeness.of(mous, reader or AnonymousUser(), make.NOW)
    (found,) = [
        one
        for one in cells
        if one.source == source
        and (one.wanted.spw, one.wanted.type, one.wanted.calibration) == (spw, kind, calibration)
    ]
    return found


def test_there_is_one_cell_for_each_target_window_type_and_calibration(mous):
    assert len(completeness.of(mous, AnonymousUser(), make.NOW)) == 1 * 2 * 4 * 2


def test_what_is_there_is_present_in_each_window_that_it_is_made_of(mous):
    made = image(mous, (25, 27), "cont")

    cells = [cell(mous, spw, "cont") for spw in (25, 27)]

    assert [(one.state, one.why, one.products) for one in cells] == [("present", "", (made.name,))] * 2


@pytest.mark.parametrize("layer", ["pb", "mask"])
def test_a_companion_is_not_the_image(mous, layer):
    image(mous, (25,), "cube", layer=layer)

    assert cell(mous, 25, "cube").state == "missing"


def test_a_single_dish_cube_is_present_and_nothing_else_is_expected(mous):
    MemberOUS.objects.filter(pk=mous.pk).update(array="TP")
    mous.refresh_from_db()
    image(mous, (25,), "cube", layer="sd")

    assert cell(mous, 25, "cube").state == "present"
    assert [cell(mous, 25, kind).expected for kind in ("mfs", "cont", "repBW")] == [False] * 3


def test_a_window_that_the_pipeline_left_out_is_mitigated(mous):
    image(mous, (25,), "cube")

    dropped = cell(mous, 27, "cube")

    assert (dropped.state, dropped.cube_lacks) == ("mitigated", True)
    assert "cubes of other windows of this source" in dropped.why


def test_a_target_that_the_pipeline_left_out_is_mitigated(mous):
    make.source(mous, "NGC253")
    image(mous, (25,), "cube")

    dropped = cell(mous, 25, "cube", source="NGC253")

    assert dropped.state == "mitigated"
    assert "of others" in dropped.why


def test_what_was_imaged_by_hand_was_not_left_out_by_the_pipeline(mous):
    image(mous, (25,), "cube", manual=True)

    assert cell(mous, 27, "cube").state == "missing"
    assert "by hand" in cell(mous, 27, "cube").why


def test_an_aggregate_image_that_is_not_there_is_missing(mous):
    image(mous, (25,), "cube")

    assert (cell(mous, 25, "mfs").state, cell(mous, 25, "mfs").expected) == ("missing", True)


def test_what_the_manifest_lists_and_the_package_lacks_was_not_left_out(mous):
    image(mous, (25,), "cube")
    findings.report(mous, "missing-file", "It is not there.", subject=name_of(mous, (27,), "cube"))

    assert cell(mous, 27, "cube").state == "missing"
    assert "lists it as made" in cell(mous, 27, "cube").why


@pytest.mark.parametrize("state", ["announced", "raw only", "partial"])
def test_of_a_package_that_is_not_here_whole_nothing_is_said(mous, state):
    image(mous, (25,), "cube")
    MemberOUS.objects.filter(pk=mous.pk).update(delivery_state=state)
    mous.refresh_from_db()

    assert [cell(mous, spw, "cube").state for spw in (25, 27)] == ["present", "unknown"]


def test_the_representative_window_alone_has_a_cube_of_its_bandwidth(mous):
    assert cell(mous, 25, "repBW").state == "unknown"

    image(mous, (27,), "repBW")

    assert cell(mous, 27, "repBW").state == "present"
    assert (cell(mous, 25, "repBW").expected, "which is 27" in cell(mous, 25, "repBW").why) == (False, True)


def test_cubes_that_are_delivered_self_calibrated_are_not_expected_otherwise(mous):
    image(mous, (25,), "cube", calibration="selfcal")

    assert cell(mous, 25, "cube", "selfcal").state == "present"
    assert (cell(mous, 25, "cube").state, cell(mous, 25, "cube").expected) == ("missing", False)
    assert [
        (cell(mous, 27, "cube", way).state, cell(mous, 27, "cube", way).cube_lacks) for way in naming.CALIBRATIONS
    ] == [
        ("mitigated", True),
        ("mitigated", False),
    ]


def test_without_any_self_calibrated_image_none_is_expected(mous):
    image(mous, (25,), "cube")

    assert not cell(mous, 25, "cube", "selfcal").expected


def test_a_target_is_the_same_in_each_spelling_and_known_by_its_images_alone(mous):
    mous.sources.all().delete()
    image(mous, (25,), "cube", source="_2MASS_J04393364+2359212_")

    assert cell(mous, 25, "cube", source="_2MASS_J04393364+2359212_").state == "present"


def test_a_cube_with_joined_channels_is_mitigated_for_those_who_may_have_its_header(mous):
    axis = {"ctype": "FREQ", "unit": "Hz", "first": 230.5e9, "width": -2 * 976_562.5, "nchan": 64}
    image(mous, (25,), "cube", header={"spectral": axis})

    states = [cell(mous, 25, "cube", reader=reader).state for reader in (make.user("pi"), None)]

    assert states == ["mitigated", "present"]


def test_a_withdrawn_or_superseded_image_is_not_there(mous):
    image(mous, (25,), "cube", withdrawn_at=make.LONG_AGO, withdrawn_reason="wrong")
    image(mous, (27,), "cube", superseded_at=make.LONG_AGO)

    assert {cell(mous, spw, "cube").state for spw in (25, 27)} == {"missing"}


def test_a_cube_made_on_request_counts(mous):
    name = f"{mous.name}.NGC1052.cube.pbcor.fits"
    made = {"origin": "imaged", "request_id": "6b1f0ae0-3b0a-4b8e-9d0b-0f8a4f7f8a11", "mode": "cube", "layer": "pbcor"}
    make.product(mous, name, "user_cube", source=mous.sources.get(name="NGC1052"), spws=[25], **made)

    assert cell(mous, 25, "cube").products == (name,)
