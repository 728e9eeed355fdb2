"""cont.dat in its three versions (FACTS 3.7)."""

import pytest

from archive.readers import contdat
from archive.readers.contdat import ContinuumError
from tests.deliveries import CONT_DAT


def test_version_1_names_a_bare_source_and_is_topocentric():
    (selection,) = contdat.parse("NGC_628\n\nSPW17\n100.1~100.2GHz\n")

    assert (selection.source, selection.window, selection.frame) == ("NGC_628", 17, "TOPO")
    assert selection.ranges == ((100.1e9, 100.2e9),)


def test_version_2_has_several_sources_windows_and_ranges():
    text = """Field: "G008.67"

SpectralWindow: 25
93.100687~93.152312GHz LSRK
93.2~93.3GHz LSRK

SpectralWindow: 27
NONE

Field: G010.62

SpectralWindow: 25
ALL
"""
    first, second, third = contdat.parse(text)

    assert (first.source, first.ranges[1], first.frame) == ("G008.67", (93.2e9, 93.3e9), "LSRK")
    assert (second.window, second.ranges, second.frame) == (27, (), "NONE")
    assert (third.source, third.all_continuum) == ("G010.62", True)


def test_version_3_gives_the_name_of_the_window_and_flags():
    first, second = contdat.parse(CONT_DAT.decode())

    assert (first.window, first.window_name) == (2, "X1#BB_1#FULL_RES")
    assert (first.flags, first.all_continuum) == (frozenset({"ALLCONT"}), True)
    assert second.ranges == ((232.0e9, 232.5e9), (233.0e9, 233.5e9))


def test_ranges_of_two_frames_leave_the_frame_undefined():
    (selection,) = contdat.parse("Field: A\nSpectralWindow: 1\n1~2GHz LSRK\n3000~4000MHz TOPO\n")

    assert (selection.frame, selection.ranges) == ("UNDEFINED", ((1e9, 2e9), (3e9, 4e9)))


def test_an_empty_file_selects_nothing():
    assert contdat.parse("\n\n") == ()


@pytest.mark.parametrize(
    "text", ["SpectralWindow: 1\n1~2GHz LSRK\n", "Field: A\n1~2GHz LSRK\n", "Field: A\nSpectralWindow: 1\n1~xGHz\n"]
)
def test_a_range_that_belongs_nowhere_is_refused(text):
    with pytest.raises(ContinuumError, match=r"cont\.dat"):
        contdat.parse(text)


def test_all_36_real_files_are_read(shared_data):
    files = sorted((shared_data / "cont_dat").iterdir())

    selections = {file.name: contdat.parse(file.read_text(), file.name) for file in files}

    assert len(files) == 36
    assert sum(map(len, selections.values())) == 224
    assert {s.frame for found in selections.values() for s in found} == {"LSRK"}
    # One was edited by hand and lost a unit; that range is left out and said to be.
    assert [s.unread for s in selections["G328.25.B6.cont.dat"] if s.unread] == [("230.3~230.5",)]
