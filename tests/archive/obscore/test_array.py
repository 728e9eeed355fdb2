"""Which array observed, by the antennas that ObsCore names with their pads."""

import pytest

from archive.models import MemberOUS
from archive.obscore.load import load_obscore
from tests import obscore_rows


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("antennas", "array"),
    [
        ("A001:DA41 A002:DV01", "12m"),
        ("A015:DA64 A022:DV23 A096:PM01 A111:PM02", "12m"),  # as in 2017.1.00964.S
        ("J501:CM01 J502:CM07", "7m"),
        ("J501:CM01 N601:PM03", "7m"),
        ("T701:PM01 T702:PM04", "TP"),
        ("A001:DA41 J501:CM01", ""),
        ("A001:XX41", ""),
        ("", ""),
    ],
)
def test_antennas_of_total_power_tell_the_array_only_where_they_are_alone(tmp_path, antennas, array):
    load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row(25, antenna_arrays=antennas)])])

    assert MemberOUS.objects.get().array == array
