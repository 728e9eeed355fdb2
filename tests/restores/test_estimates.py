import pytest

from restores import estimates

HOUR = 3600


@pytest.mark.parametrize(("raw", "hours"), [(10e9, 1), (100e9, 10), (1000e9, 60), (31.6e9, 3.16), (316e9, 24.5)])
def test_the_time_follows_what_users_of_nrao_are_told(raw, hours):
    assert estimates.restore_seconds(raw) == pytest.approx(hours * HOUR, rel=0.01)


@pytest.mark.parametrize(
    ("frequency", "diameter", "cell", "side"),
    [(230e9, 12, 0.05, 864), (100e9, 12, 0.1, 972), (345e9, 7, 0.5, 96)],
)
def test_the_side_of_an_image_is_the_pipelines(frequency, diameter, cell, side):
    """Vectors of FACTS 5.5."""
    assert estimates.image_pixels(frequency, diameter, cell) == side


@pytest.mark.parametrize(("beam", "cell"), [(1.0, 0.2), (0.123, 0.025), (12.34, 2.5)])
def test_a_pixel_is_a_fifth_of_the_beam_to_two_digits(beam, cell):
    assert estimates.cell_for(beam) == cell


def test_a_gigabyte_is_a_billion_bytes():
    assert estimates.cube_bytes(5000, 1000) == 100e9
