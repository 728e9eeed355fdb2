"""An order is refused before CASA starts, with a sentence that says what is wrong with it."""

import copy

import pytest

from restores.casa.failures import Failure
from restores.casa.order import parse_order, read_order

CUBE = {
    "spw_name": "X1#ALMA_RB_06#BB_1#SW-01#FULL_RES", "virtual_spw": 25, "restfreq_hz": 2.30538e11,
    "start_hz": 2.3052e11, "width_hz": 1e6, "nchan": 40, "mode": "frequency", "start": "230.52GHz", "width": "1MHz",
}  # fmt: skip
ORDER = {
    "recipe": "image",
    "request": "5f0c1f4e-3f0e-4b5f-9a41-2f8f0f9b7f10",
    "attempt": 1,
    "mous": "uid://A001/X3621/X541",
    "casa_version": "6.7.0.31",
    "import": {"ocorr_mode": "ca"},
    "execution_blocks": [
        {
            "uid": "uid://A002/Xd28a9e/X71b8",
            "name": "uid___A002_Xd28a9e_X71b8",
            "session": "session_2",
            "raw": "inputs/2017.1.01185.S_uid___A002_Xd28a9e_X71b8.asdm.sdm.tar",
            "flagversions": "inputs/uid___A002_Xd28a9e_X71b8.ms.flagversions.tgz",
            "caltables": ["inputs/member.uid___A001_X3621_X541.session_2.caltables.tgz"],
            "applycal": [{"field": "J2206-0031", "gaintable": ["uid___A002_Xd28a9e_X71b8.ms.bcal.tbl"]}],
            "restored": None,
            "spws": [{"name": "X1#ALMA_RB_06#BB_1#SW-01#FULL_RES", "number": 25, "virtual": 25, "science": True}],
        }
    ],
    "image": {
        "source": "J2206-0031", "source_key": "j2206-0031", "member": "uid___A001_X3621_X541", "cubes": [CUBE],
        "continuum": False, "angular_resolution_arcsec": None, "continuum_ranges": {},
    },
}  # fmt: skip


def changed(*path, to):
    order = copy.deepcopy(ORDER)
    place = order
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return order


def test_a_sound_order_is_read():
    order = parse_order(ORDER)

    assert order.execution_blocks[0].vis == "uid___A002_Xd28a9e_X71b8.ms"
    assert order.image.cubes[0].nchan == 40


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (changed("recipe", to="selfcal"), "unknown recipe 'selfcal'"),
        (changed("execution_blocks", to=[]), "names no execution block"),
        (changed("execution_blocks", 0, "raw", to="../elsewhere.tar"), "not a file of this attempt"),
        (changed("execution_blocks", 0, "caltables", to=["/etc/passwd"]), "not a file of this attempt"),
        (changed("execution_blocks", 0, "applycal", to=[]), "no calibration to apply"),
        (changed("image", to=None), "asks for imaging, but for no image"),
        (changed("image", "cubes", 0, "nchan", to=0), "not described soundly"),
        (changed("image", "cubes", 0, "width_hz", to=float("nan")), "not described soundly"),
    ],
)
def test_an_unsound_order_is_refused_by_name(order, told):
    with pytest.raises(Failure, match=told) as refusal:
        parse_order(order)

    assert refusal.value.code == "bad-order"


def test_an_order_without_a_part_is_refused_by_the_name_of_the_part():
    order = {name: part for name, part in ORDER.items() if name != "mous"}

    with pytest.raises(Failure, match="'mous'"):
        parse_order(order)


def test_a_half_written_order_is_refused(tmp_path):
    (tmp_path / "order.json").write_text('{"recipe": "restore", ')

    with pytest.raises(Failure, match="cannot be read"):
        read_order(tmp_path / "order.json")
