"""Frequencies between the sky's frame and an execution block's."""

import pytest

from restores.casa import spectra

CO_2_1 = 230.538e9
CENTRES = [230.500e9 + 1e6 * number for number in range(64)]


def test_rising_velocity_is_falling_frequency():
    assert spectra.frequency_at(100e3, CO_2_1) == pytest.approx(230.461100800621e9, abs=1)
    assert spectra.velocity_at(230.461100800621e9, CO_2_1) == pytest.approx(100e3, abs=1e-3)


def test_channels_of_a_range_lie_wholly_inside_it():
    ranges = [[230.5095e9, 230.5205e9]]

    assert spectra.channel_ranges(CENTRES, 1e6, ranges, scale=1.0) == [(10, 20)]


def test_another_date_moves_the_channels_of_the_same_range():
    ranges = [[230.5095e9, 230.5205e9]]
    four_channels = 1 + 4e6 / 230.515e9

    assert spectra.channel_ranges(CENTRES, 1e6, ranges, scale=four_channels) == [(14, 24)]


def test_a_range_outside_the_window_selects_nothing():
    assert spectra.channel_ranges(CENTRES, 1e6, [[231e9, 232e9]], scale=1.0) == []


def test_without_ranges_the_whole_window_is_selected():
    assert spectra.selection(25, []) == "25"
    assert spectra.selection(25, [(0, 35), (92, 127)]) == "25:0~35;92~127"


def test_only_what_every_execution_block_covers_is_common():
    june = spectra.band(CENTRES, 1e6, [1.0, 1.00001])
    july = spectra.band(CENTRES, 1e6, [1.0001])

    both = spectra.common([june, july])

    assert both.lowest == june.lowest
    assert both.highest == july.highest
    assert both.holds(230.51e9)
    assert not both.holds(230.563e9)
