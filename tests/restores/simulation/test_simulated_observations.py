"""Presets are plausible observations: sources up, windows and sessions as awkward as real ones, all different."""

import itertools
import json

import pytest

from archive.codes import is_code
from archive.uids import canonical
from restores.casa.simulate.plan import observation
from restores.simulation.facts import facts, merge_into, truth
from restores.simulation.growth import grown, raw_bytes
from restores.simulation.layout import transit_start
from restores.simulation.presets import DEMO, PRESETS


def observations():
    return [preset(1).observation for preset in PRESETS.values()]


def test_an_observation_survives_its_way_through_json():
    for plan in observations():
        assert observation(json.loads(json.dumps(plan.as_dict()))) == plan


def test_windows_are_joined_by_name_because_numbers_differ_between_blocks():
    for name in ("proprietary", "small"):
        first, second = PRESETS[name](1).observation.blocks
        assert first.science[0] > 0
        assert first.science != second.science
        assert [first.windows[n].name for n in first.science] == [second.windows[n].name for n in second.science]


def test_sessions_begin_at_two():
    for name in ("proprietary", "small"):
        assert [block.session for block in PRESETS[name](1).observation.blocks] == ["session_2", "session_3"]


def test_uids_seeds_and_targets_are_never_used_twice():
    blocks = [block for plan in observations() for block in plan.blocks]

    for values in (
        [block.uid for block in blocks],
        [block.seed for block in blocks],
        [plan.mous_uid for plan in observations()],
        [plan.target.name for plan in observations()],
    ):
        assert len(set(values)) == len(values)


def test_the_demo_holds_three_mous_of_two_projects():
    assert len({PRESETS[name](1).observation.project_code for name in DEMO}) == 2


def test_a_block_starts_just_before_its_target_culminates():
    # Mean sidereal time at Greenwich on 2000-01-01 12:00 is 18.697 h: over ALMA 14.1804 h.
    assert transit_start("2000-01-01", 14.1804 * 15, 0) == "2000/01/01/12:00:00"
    assert transit_start("2000-01-01", 14.1804 * 15, 8) == "2000/01/01/11:52:00"


def test_some_flags_fall_on_the_target_so_that_no_calibration_table_repeats_them():
    for plan in observations():
        for block in plan.blocks:
            targets = [n for n, scan in enumerate(block.scans, start=1) if scan.field == plan.target.name]
            assert any(flag.scan in targets for flag in block.manual_flags)


@pytest.mark.parametrize("raw_mb", [50, 200, 500, 2000])
def test_raw_data_grow_to_about_the_size_asked_for(raw_mb):
    plan = grown(PRESETS["proprietary"](1), raw_mb).observation

    assert raw_bytes(plan) == pytest.approx(raw_mb * 1e6, rel=0.05)


def test_grown_windows_keep_their_bandwidth():
    before, after = PRESETS["small"](1).observation.first, grown(PRESETS["small"](1), 500).observation.first

    for old, new in zip(before.windows, after.windows, strict=True):
        assert new.channels * new.channel_hz == pytest.approx(old.channels * old.channel_hz)


def test_facts_of_several_deliveries_share_one_file(tmp_path):
    for name in DEMO:
        merge_into(tmp_path / "facts.json", facts(PRESETS[name](1)))

    kept = json.loads((tmp_path / "facts.json").read_text())
    assert {project["pi"] for project in kept["projects"].values()} == {"alma_pi", "columba_pi"}
    assert len(kept["mous"]) == 3
    assert len(kept["execution_blocks"]) == 4


def test_the_truth_tells_virtual_numbers_of_the_first_block():
    told = truth(PRESETS["small"](1), "small", {})

    line = told["windows"]["X1473829105#ALMA_RB_06#BB_2#SW-01#FULL_RES"]
    assert line["virtual"] == 2
    assert told["execution_blocks"]["uid://A002/X11a06d2/X10a"]["spws"][told["target"]["line"]["window"]] == 3


def test_codes_and_uids_are_written_as_alma_writes_them():
    for plan in observations():
        assert is_code(plan.project_code)
        uids = itertools.chain([plan.project_uid, plan.mous_uid], (block.uid for block in plan.blocks))
        assert all(canonical(uid) == uid for uid in uids)
