"""flux.csv, product_rename.txt and the names of tars (FACTS 2.3, 3.8)."""

import pytest

from archive.readers import container_name, fluxcsv, product_rename
from archive.readers.container_name import ContainerName
from archive.readers.fluxcsv import FluxError
from tests.deliveries import FIRST, FLUX_CSV, archive_form


def test_flux_densities_are_read_with_their_calibrator():
    (row,) = fluxcsv.parse(FLUX_CSV.decode())

    assert (row.block, row.window, row.stokes[0], row.spectral_index) == (archive_form(FIRST), 2, 1.52, -0.61)
    assert (row.field, row.intents) == ("J0510+1800", ("BANDPASS", "FLUX"))


def test_old_tables_without_the_limits_of_baselines_are_read():
    (row,) = fluxcsv.parse(f"ms,field,spw,I,Q,U,V,spix,comment\n{FIRST}.ms,1,17,0.3,0,0,0,,# old\n")

    assert (row.field_number, row.spectral_index, row.field) == (1, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "ms,field,spw\nx.ms,1,2\n",
        "ms,field,spw,I,Q,U,V,spix\nx,1,2,1,0,0,0,0\n",
        f"ms,field,spw,I,Q,U,V,spix\n{FIRST}.ms,a,2,1,0,0,0,0\n",
    ],
)
def test_a_broken_table_is_refused_with_its_line(text):
    with pytest.raises(FluxError, match=r"Line 2 of flux\.csv.*[^.]\.$"):
        fluxcsv.parse(text)


def test_a_table_with_a_field_without_end_is_refused():
    with pytest.raises(FluxError, match=r"flux\.csv cannot be read: field larger than"):
        fluxcsv.parse(f"ms,field\n{'x' * 200_000},1\n")


@pytest.mark.parametrize(
    "text",
    ["oussid.a.fits -> member.a.fits", "oussid.a.fits member.a.fits", '"oussid.a.fits", "member.a.fits",',
     "'../products/oussid.a.fits' -> 'product/member.a.fits'", "mv oussid.a.fits member.a.fits",
     "# renamed\noussid.a.fits => member.a.fits\n\n"],
)  # fmt: skip
def test_a_renaming_is_read_however_it_was_written(text):
    assert product_rename.parse(text) == {"oussid.a.fits": "member.a.fits"}


def test_lines_without_two_names_say_nothing():
    assert product_rename.parse("Files renamed at ingest:\none.fits\na b c\n") == {}


MOUS, EB, CODE = "uid://A001/X12a3/Xe9", "uid://A002/Xd28a9e/X71b8", "2017.1.01185.S"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{CODE}_uid___A001_X12a3_Xe9_001_of_003.tar", ContainerName("product", CODE, MOUS, 1, 3)),
        (f"{CODE}_uid___A001_X12a3_Xe9_auxiliary.tar", ContainerName("auxiliary", CODE, MOUS)),
        (f"{CODE}_uid___A002_Xd28a9e_X71b8.asdm.sdm.tar", ContainerName("raw", CODE, EB)),
        (f"{CODE}_uid___A002_Xd28a9e_X71b8_asdm.sdm.tar", ContainerName("raw", CODE, EB)),
        ("uid___A002_Xd28a9e_X71b8.asdm.sdm.tar", ContainerName("raw", None, EB)),
        ("member.uid___A001_X12a3_Xe9.README.txt.tar", ContainerName("readme", None, MOUS)),
        ("member_uid___A001_X12a3_Xe9_README.txt.tar", ContainerName("readme", None, MOUS)),
        ("2012.1.00912.S_uid___A002_X5a9a13_X528_001_of_001.tar",
         ContainerName("product", "2012.1.00912.S", "uid://A002/X5a9a13/X528", 1, 1)),
        ("2011.0.00121.S_2012-08-16_001_of_002.tar",
         ContainerName("cycle0", "2011.0.00121.S", None, 1, 2, "2012-08-16")),
        ("anything.tar", ContainerName("other")),
    ],
)  # fmt: skip
def test_a_tar_says_by_its_name_what_it_holds(name, expected):
    assert container_name.parse(name) == expected
