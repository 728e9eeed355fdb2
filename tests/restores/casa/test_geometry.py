"""The pipeline's choices against vectors computed from its published rules."""

import json

import pytest

from restores.casa import geometry
from restores.casa.geometry import Beam


@pytest.fixture(scope="module")
def vectors(shared_data):
    return json.loads((shared_data.parent / "domain" / "vectors" / "numeric.json").read_text())


def beams_of(written):
    return {float(robust): Beam(*beam) for robust, beam in written.items()}


def test_robust_is_chosen_against_the_requested_resolution_as_the_pipeline_does(vectors):
    for case in vectors["imageprecheck"]:
        choice = geometry.choose_robust(beams_of(case["beams"]), *geometry.allowed_resolution(case["desired"]))

        assert [choice.robust, choice.score, choice.reason] == case["result"]


def test_a_resolution_between_two_robust_values_takes_the_default(vectors):
    gap = vectors["imageprecheck_gap"]

    choice = geometry.choose_robust(beams_of(gap["beams"]), gap["minAR"], gap["maxAR"])

    assert [choice.robust, choice.score, choice.reason] == gap["result"]


def test_the_compact_array_has_one_robust_value_to_offer(vectors):
    aca = vectors["imageprecheck_7m"]
    assert geometry.candidate_robusts(7.0) == (0.5,)
    for case in aca["cases"]:
        choice = geometry.choose_robust(beams_of(aca["beams"]), *geometry.allowed_resolution(case["d"]))

        assert [choice.robust, choice.score, choice.reason] == case["result"]


def test_the_cell_is_a_fifth_of_the_minor_axis(vectors):
    for case in (case for case in vectors["cell"] if case["ppb"] == geometry.PIXELS_PER_BEAM):
        assert geometry.cell_size(case["minor"]) == case["cell"]


def test_the_image_reaches_the_power_point_of_the_primary_beam(vectors):
    for case in vectors["imsize_single_field"]:
        _, pixels, _ = case["result"]

        assert geometry.image_size(case["freq"], case["D"], case["cell"], level=case["pb"]) == pixels


def test_a_high_dynamic_range_raises_the_threshold_of_the_main_array(vectors):
    for case in vectors["dr_12m_target"]:
        new = geometry.threshold(case["sens"], case["resmax"], dish=12.0, blocks=2)

        assert new == pytest.approx(case["new"])


def test_a_high_dynamic_range_raises_the_threshold_of_the_compact_array_by_its_own_steps(vectors):
    for case in vectors["dr_7m_target"]:
        new = geometry.threshold(0.001, 0.001 * case["DR"], dish=7.0, blocks=case["nEB"])

        assert new == pytest.approx(case["new"])


@pytest.mark.parametrize(
    ("dish", "baseline", "cube", "sidelobe", "negative", "fast"),
    [
        (12.0, 250.0, True, 2.0, 15.0, False),
        (12.0, 250.0, False, 2.0, 0.0, False),
        (12.0, 350.0, True, 2.0, 7.0, False),
        (12.0, 900.0, True, 2.5, 7.0, True),
        (7.0, 30.0, True, 1.25, 0.0, False),
    ],
)
def test_the_automatic_mask_follows_array_and_baselines(dish, baseline, cube, sidelobe, negative, fast):
    mask = geometry.automask(dish, baseline, cube=cube)

    assert (mask["sidelobethreshold"], mask["negativethreshold"], mask["fastnoise"]) == (sidelobe, negative, fast)
