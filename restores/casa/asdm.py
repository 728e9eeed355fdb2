"""How many rows an ASDM must become, from its own XML tables.

`importasdm` skips a truncated or missing binary file without an exception, so the expectation has to come from
elsewhere: per scan, the integrations of every Main row, times data descriptions, times baselines (and antennas, where
autocorrelations were recorded and are asked for).
"""

import collections
import pathlib
import xml.etree.ElementTree as ET

from restores.casa.failures import Failure


def expected_rows(asdm: pathlib.Path, ocorr_mode: str) -> dict[int, int]:
    """Rows per scan number that a complete import gives."""
    configs = {_text(row, "configDescriptionId"): row for row in _rows(asdm, "ConfigDescription")}
    rows: collections.Counter[int] = collections.Counter()
    for main in _rows(asdm, "Main"):
        config = configs.get(_text(main, "configDescriptionId"))
        spectra = _spectra(int(_text(main, "numAntenna")), config, ocorr_mode)
        rows[int(_text(main, "scanNumber"))] += int(_text(main, "numIntegration")) * spectra
    return dict(rows)


def _spectra(antennas: int, config: ET.Element | None, ocorr_mode: str) -> int:
    """Rows of one integration: `ca` imports cross- and autocorrelations, `co` and `ao` one of them."""
    mode = _text(config, "correlationMode") if config is not None else "CROSS_ONLY"
    descriptions = int(_text(config, "numDataDescription")) if config is not None else 1
    cross = antennas * (antennas - 1) // 2 if "CROSS" in mode and "c" in ocorr_mode else 0
    auto = antennas if "AUTO" in mode and "a" in ocorr_mode else 0
    return descriptions * (cross + auto)


def missing_binaries(asdm: pathlib.Path) -> list[str]:
    """The scans whose binary file is not there, as `scan 6 (uid://...)`."""
    return [
        f"scan {_text(row, 'scanNumber')} ({uid})"
        for row in _rows(asdm, "Main")
        if (uid := _binary_uid(row)) and not (asdm / "ASDMBinary" / uid.replace(":", "_").replace("/", "_")).is_file()
    ]


def _binary_uid(row: ET.Element) -> str:
    reference = row.find("dataUID/EntityRef")
    return reference.get("entityId", "") if reference is not None else ""


def _rows(asdm: pathlib.Path, table: str) -> list[ET.Element]:
    path = asdm / f"{table}.xml"
    try:
        content = path.read_bytes()
        # Nothing in an ASDM declares entities; a file that does is not one, and could swell without end.
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise _unreadable(path, "it declares a document type")
        return ET.fromstring(content).findall("row")  # noqa: S314 - only the standard library here; see above
    except (OSError, ET.ParseError) as error:
        raise _unreadable(path, str(error)) from error


def _text(row: ET.Element, tag: str) -> str:
    return (row.findtext(tag) or "").strip() or "0"


def _unreadable(path: pathlib.Path, why: str) -> Failure:
    return Failure(
        "raw-unreadable",
        f"{path.name} of the raw data {path.parent.name} cannot be read: {why}.",
        "Ask the helpdesk to fetch the raw data again from the observatory.",
    )
