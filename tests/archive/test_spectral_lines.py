"""Rest frequencies by name, against the CDMS and Lovas' list."""

import pytest

from archive import spectral_lines
from archive.spectral_lines import LINES, LineError


@pytest.mark.parametrize(
    ("names", "mhz"),
    [
        (["CO 2-1", "CO(2-1)", "co_2-1", "CO J=2-1", "12CO 2-1", "12C16O 2-1", "CO21", "CO 2\u20131"], 230538.0),
        (["13CO 1-0", "13co(1-0)"], 110201.3543),
        (["C18O 2-1", "c18o(2-1)"], 219560.3541),
        (["HCO+ 1-0", "hco+(1-0)"], 89188.5247),
        (["SiO 5-4", "SiO v=0 5-4", "SiO v=0 J=5-4"], 217104.919),
        (["[CII]", "CII", "[CII] 158", "C II"], 1900536.9),
        (["[CI] 1-0", "CI 1-0", "[CI] 3P1-3P0"], 492160.651),
        (["H2CO 3(0,3)-2(0,2)", "H2CO 303-202", "H2CO 3_0_3-2_0_2"], 218222.192),
    ],
)
def test_a_line_is_known_by_the_ways_its_name_is_written(names, mhz):
    assert {spectral_lines.rest_hz(name) for name in names} == {mhz * 1e6}


@pytest.mark.parametrize(("name", "mhz"), [("H30alpha", 231900.928), ("H30\u03b1", 231900.928), ("h40a", 99022.952)])
def test_recombination_lines_of_hydrogen_follow_from_their_quantum_numbers(name, mhz):
    assert spectral_lines.rest_hz(name) == pytest.approx(mhz * 1e6, abs=20e3)


def test_the_rungs_of_carbon_monoxide_follow_a_slightly_bent_rotor():
    rungs = [LINES[f"CO {upper}-{upper - 1}"] / upper for upper in range(1, 9)]
    bends = [(rungs[at] - rungs[at + 1]) / (2 * at + 3) for at in range(7)]

    # f = 2 B J - 4 D J^3 with D = 183.5 kHz
    assert bends == pytest.approx([4 * 183.5e3] * 7, rel=5e-3)


@pytest.mark.parametrize("name", ["CO 99-98", "H1alpha", "SiO v=1 5-4", "", "x" * 10**6, None, 230])
def test_a_line_that_is_not_in_the_table_is_refused_with_those_that_are(name):
    with pytest.raises(LineError, match="no line") as refusal:
        spectral_lines.rest_hz(name)

    assert "CO 2-1" in refusal.value.remedy
    assert len(refusal.value.sentence) < 120
