"""How many rows an ASDM promises."""

import pytest

from restores.casa.asdm import expected_rows, missing_binaries
from restores.casa.failures import Failure

MAIN = """<row><numAntenna> 10 </numAntenna><numIntegration> 6 </numIntegration><scanNumber> {scan} </scanNumber>
<dataUID> <EntityRef entityId="uid://A002/X1/X{scan}" partId="X00000000"/> </dataUID>
<configDescriptionId> ConfigDescription_{config} </configDescriptionId></row>"""
CONFIG = """<row><configDescriptionId> ConfigDescription_{number} </configDescriptionId>
<numDataDescription> {spws} </numDataDescription><correlationMode> {mode} </correlationMode></row>"""


def write(asdm, mains, configs):
    (asdm / "ASDMBinary").mkdir()
    (asdm / "Main.xml").write_text(f"<MainTable>{''.join(mains)}</MainTable>")
    (asdm / "ConfigDescription.xml").write_text(f"<ConfigDescriptionTable>{''.join(configs)}</ConfigDescriptionTable>")


@pytest.mark.parametrize(
    ("mode", "ocorr", "spectra"),
    [
        ("CROSS_ONLY", "ca", 45),
        ("CROSS_AND_AUTO", "ca", 55),
        ("CROSS_AND_AUTO", "co", 45),
        ("AUTO_ONLY", "ca", 10),
    ],
)
def test_rows_are_integrations_times_windows_times_what_was_correlated(tmp_path, mode, ocorr, spectra):
    write(tmp_path, [MAIN.format(scan=3, config=0)], [CONFIG.format(number=0, spws=4, mode=mode)])

    assert expected_rows(tmp_path, ocorr) == {3: 6 * 4 * spectra}


def test_a_scan_adds_up_over_its_subscans_and_setups(tmp_path):
    configs = [CONFIG.format(number=0, spws=1, mode="CROSS_ONLY"), CONFIG.format(number=1, spws=2, mode="AUTO_ONLY")]
    write(tmp_path, [MAIN.format(scan=3, config=0), MAIN.format(scan=3, config=1)], configs)

    assert expected_rows(tmp_path, "ca") == {3: 6 * 45 + 6 * 2 * 10}


def test_a_binary_file_that_is_not_there_is_named_with_its_scan(tmp_path):
    write(tmp_path, [MAIN.format(scan=3, config=0), MAIN.format(scan=4, config=0)], [])
    (tmp_path / "ASDMBinary" / "uid___A002_X1_X3").touch()

    assert missing_binaries(tmp_path) == ["scan 4 (uid://A002/X1/X4)"]


def test_a_table_that_declares_entities_is_refused(tmp_path):
    (tmp_path / "Main.xml").write_text('<!DOCTYPE x [<!ENTITY a "aaaa">]><MainTable>&a;</MainTable>')

    with pytest.raises(Failure, match="declares a document type"):
        missing_binaries(tmp_path)
