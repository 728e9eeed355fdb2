"""The tables of an ASDM: when, with which antennas, at what, in which spectral windows, and how many rows to expect.

Only the XML tables are read.  Times are UTC, directions radians, frequencies Hz and TOPO, positions metres.
The project's code is in no table: an ASDM knows uids only.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import BinaryIO

from archive import uids
from archive.readers.asdm_tables import AsdmError, Row, Tables, moment, reference, text, values
from archive.sources import source_key

_SCIENCE_CHANNELS = 4  # a window with no more is a water vapour radiometer's or a channel average
_SEVEN_METRES = 7.5
_ON_THE_SKY = ("", "ICRS", "J2000")  # other frames, such as AZELGEO, are no places in the index
MOST_POINTINGS = 1000  # of one source; ALMA takes 150 in a scheduling block


@dataclass(frozen=True)
class Window:
    identifier: str  # "SpectralWindow_3"
    number: int  # in the MeasurementSet: importasdm orders windows by the number in their identifier
    name: str
    low_hz: float
    high_hz: float
    channels: int
    channel_width_hz: float
    baseband: str
    science: bool


@dataclass(frozen=True)
class ObservedSource:
    name: str
    intents: frozenset[str]
    ra_deg: float | None
    dec_deg: float | None
    pointings: tuple[tuple[float, float], ...] = ()  # of its fields; with one more than `MOST_POINTINGS` there are more


@dataclass(frozen=True)
class Asdm:
    uid: str
    project_uid: str | None
    started_at: datetime
    ended_at: datetime
    antennas: tuple[str, ...]
    longest_baseline_m: float | None  # None where the positions of the stations are not known
    array: str  # "12m", "7m", "TP"
    windows: tuple[Window, ...]
    sources: tuple[ObservedSource, ...]
    cross_rows: int  # cross-correlation rows of the MeasurementSet


def read(open_table: Callable[[str], BinaryIO], name: str) -> Asdm:
    """The ASDM whose tables `open_table("Main.xml")` opens (KeyError for one that is absent)."""
    tables = Tables(open_table, name)
    try:
        return _read(tables)
    except KeyError as error:
        raise AsdmError(name, f"one of its tables refers to {error}, which another does not hold") from error
    except (ValueError, IndexError, OverflowError) as error:
        raise AsdmError(name, f"one of its tables holds {error}") from error


def _read(tables: Tables) -> Asdm:
    blocks = tables.rows("ExecBlock")
    if not blocks:
        raise AsdmError(tables.block, "its ExecBlock table is empty")
    identifiers = {identifier for block in blocks for identifier in values(block, "antennaId")}
    antennas = [row for row in tables.rows("Antenna") if text(row, "antennaId") in identifiers or not identifiers]
    rows = cross_rows(tables)
    return Asdm(
        uid=uids.canonical(reference(blocks[0], "execBlockUID")),
        project_uid=reference(blocks[0], "projectUID") or None,
        started_at=min(moment(block, "startTime") for block in blocks),
        ended_at=max(moment(block, "endTime") for block in blocks),
        antennas=tuple(text(row, "name") for row in antennas),
        longest_baseline_m=_longest_baseline(tables, antennas),
        array=_array_of(antennas, rows),
        windows=tuple(_windows(tables)),
        sources=tuple(_sources(tables)),
        cross_rows=rows,
    )


def cross_rows(tables: Tables) -> int:
    """Integrations x baselines x data descriptions over the rows of Main whose correlator made cross-correlations."""
    total = 0
    for row in tables.main:
        configuration = tables.configurations[text(row, "configDescriptionId")]
        if not text(configuration, "correlationMode").startswith("CROSS"):
            continue
        antennas = int(text(row, "numAntenna"))
        descriptions = len(values(configuration, "dataDescriptionId"))
        total += int(text(row, "numIntegration")) * antennas * (antennas - 1) // 2 * descriptions
    return total


def _longest_baseline(tables: Tables, antennas: Iterable[Row]) -> float | None:
    """Between the stations (Earth-centred metres) that the antennas stand on; their own positions are offsets only."""
    stations = {text(row, "stationId"): [float(m) for m in values(row, "position")] for row in tables.stations}
    places = [stations[station] for row in antennas if (station := text(row, "stationId")) in stations]
    lengths = [math.dist(one, other) for one, other in combinations(places, 2)]
    return max(lengths) if lengths and all(map(math.isfinite, lengths)) else None


def _array_of(antennas: Iterable[Row], rows: int) -> str:
    """Total power makes no cross-correlations; the Compact Array's dishes have 7 m."""
    if not rows:
        return "TP"
    diameters = [float(text(row, "dishDiameter") or "12") for row in antennas]
    return "7m" if diameters and min(diameters) < _SEVEN_METRES else "12m"


def _windows(tables: Tables) -> Iterable[Window]:
    targets = _windows_on_targets(tables)
    rows = sorted(tables.rows("SpectralWindow"), key=lambda r: int(text(r, "spectralWindowId").rpartition("_")[2]))
    for number, row in enumerate(rows):
        identifier, channels = text(row, "spectralWindowId"), int(text(row, "numChan"))
        centres, widths = _channels(row, channels)
        yield Window(
            identifier=identifier,
            number=number,
            name=text(row, "name") or f"SPW{number}",
            low_hz=min(c - w / 2 for c, w in zip(centres, widths, strict=True)),
            high_hz=max(c + w / 2 for c, w in zip(centres, widths, strict=True)),
            channels=channels,
            channel_width_hz=widths[0],
            baseband=text(row, "basebandName"),
            science=identifier in targets and channels > _SCIENCE_CHANNELS,
        )


def _channels(row: Row, channels: int) -> tuple[list[float], list[float]]:
    """Centres and (positive) widths: the first and the last suffice where channels are regular."""
    if "chanFreqArray" in row:
        centres = [float(value) for value in values(row, "chanFreqArray")]
    else:
        start, step = float(text(row, "chanFreqStart")), float(text(row, "chanFreqStep"))
        centres = [start, start + step * (channels - 1)]
    if "chanWidthArray" in row:
        widths = [abs(float(value)) for value in values(row, "chanWidthArray")]
    else:
        widths = [abs(float(text(row, "chanWidth") or text(row, "chanFreqStep")))]
    return centres, widths if len(widths) == len(centres) else [widths[0]] * len(centres)


def _windows_on_targets(tables: Tables) -> set[str]:
    scans = {text(scan, "scanNumber") for scan in tables.scans if _is_target(values(scan, "scanIntent"))}
    configurations = {text(row, "configDescriptionId") for row in tables.main if text(row, "scanNumber") in scans}
    return {
        tables.windows_of_description[description]
        for identifier in configurations
        for description in values(tables.configurations[identifier], "dataDescriptionId")
    }


def _is_target(intents: Iterable[str]) -> bool:
    return any(intent.startswith("OBSERVE_TARGET") for intent in intents)


def _sources(tables: Tables) -> Iterable[ObservedSource]:
    intents: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for scan in tables.scans:
        name = text(scan, "sourceName") or " ".join(values(scan, "fieldName"))
        names.setdefault(source_key(name), name)
        intents.setdefault(source_key(name), set()).update(values(scan, "scanIntent"))
    fields = tables.rows("Field")
    positions = {source_key(text(r, "fieldName")): _direction(r, "referenceDir") for r in fields}
    positions |= {source_key(text(r, "sourceName")): _direction(r, "direction") for r in tables.rows("Source")}
    pointings = _pointings(fields)
    for key, name in names.items():
        ra, dec = positions.get(key) or (None, None)
        yield ObservedSource(name, frozenset(intents[key]), ra, dec, tuple(pointings.get(key, ())))


def _pointings(fields: Iterable[Row]) -> dict[str, list[tuple[float, float]]]:
    """Where the antennas looked, by the key of the source: the fields of a mosaic all have the name of their source."""
    found: dict[str, dict[tuple[float, float], None]] = {}
    for row in fields:
        here = _direction(row, "phaseDir") or _direction(row, "referenceDir")
        of_source = found.setdefault(source_key(text(row, "fieldName")), {})
        if here and text(row, "directionCode") in _ON_THE_SKY and len(of_source) <= MOST_POINTINGS:
            of_source[round(here[0], 6), round(here[1], 6)] = None  # a few milliarcseconds
    return {key: list(places) for key, places in found.items()}


def _direction(row: Row, column: str) -> tuple[float, float] | None:
    angles = [math.degrees(float(value)) for value in values(row, column)]
    return (angles[0] % 360.0, angles[1]) if len(angles) > 1 else None
