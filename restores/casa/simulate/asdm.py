"""A frame and its visibilities become a true ASDM: the directory of XML tables and binary files that ALMA stores.

`exportasdm` writes the tables that do not change while observing (antennas, stations, feeds, sources, fields).  Left
alone it folds all scans into one, forgets intents and the names of windows and basebands, and knows no online flags:
those tables are written here.
"""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from casatasks import exportasdm

from .bdf import BinaryHeader, write_bdf
from .frame import Frame, Track, first_channel_hz, windows_of
from .plan import Block, Observation, Window

_ROW = re.compile(r"<row>.*?</row>", re.DOTALL)
# The simulator writes no system temperatures, and its pointings hold nothing: without them the tables are honest.
_DROPPED = ("SysCal", "Pointing")


@dataclass
class Rows:
    """Rows of the tables that tell what happened when, and a counter for the uids of binary files."""

    block: Block
    tables: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in ("Main", "Scan", "Subscan")})
    issued: int = 0x1000

    def next_uid(self) -> str:
        self.issued += 1
        return f"{self.block.uid.rsplit('/', 1)[0]}/X{self.issued:x}"


def write_asdm(path: Path, observation: Observation, block: Block, *, frame: Frame, visibilities) -> None:
    """Write the ASDM at `path`; `visibilities(track, window)` gives complex64 [time, baseline, channel, pol]."""
    shutil.rmtree(path, ignore_errors=True)
    archive, identifiers, _ = block.uid.removeprefix("uid://").split("/")
    exportasdm(str(frame.path), str(path), datacolumn="DATA", archiveid=archive, rangeid=identifiers)
    for old in (path / "ASDMBinary").iterdir():
        old.unlink()
    rows = Rows(block)
    for scan, track in zip(block.scans, frame.tracks, strict=True):
        _add_scan(rows, observation, scan, track)
        for window in windows_of(block, scan):
            _add_binary(path, rows, observation, track=track, window=window, data=visibilities(track, window))
    for name, lines in rows.tables.items():
        _rewrite(path / f"{name}.xml", lines)
    _describe_block(path, observation, block, frame)
    _name_windows(path, block)
    _write_flags(path, block, frame)
    _count_tables(path, rows)


def _span(track: Track, integration_s: float) -> tuple[int, int]:
    half = integration_s / 2
    return nanoseconds(track.times[0] - half), nanoseconds(track.times[-1] + half)


def nanoseconds(seconds: float) -> int:
    return round(float(seconds) * 1e9)


def _add_scan(rows: Rows, observation: Observation, scan, track: Track) -> None:
    start, end = _span(track, observation.integration_s)
    count, integrations = len(scan.intents), len(track.times)
    rows.tables["Scan"].append(
        f"<scanNumber> {track.number} </scanNumber> <startTime> {start} </startTime> <endTime> {end} </endTime> "
        f"<numIntent> {count} </numIntent> <numSubscan> 1 </numSubscan> "
        f"<scanIntent> 1 {count} {' '.join(scan.intents)}</scanIntent>"
        f"<calDataType> 1 {count} {' '.join(['FULL_RESOLUTION_CROSS'] * count)}</calDataType>"
        f"<calibrationOnLine> 1 {count} {' '.join(['false'] * count)} </calibrationOnLine> "
        f'<numField> 1 </numField> <fieldName> 1 1 "{scan.field}" </fieldName> '
        f"<sourceName> {scan.field} </sourceName> <execBlockId> ExecBlock_0 </execBlockId>"
    )
    rows.tables["Subscan"].append(
        f"<scanNumber> {track.number} </scanNumber> <subscanNumber> 1 </subscanNumber> "
        f"<startTime> {start} </startTime> <endTime> {end} </endTime> <fieldName> {scan.field} </fieldName> "
        f"<subscanIntent>ON_SOURCE</subscanIntent><numIntegration> {integrations} </numIntegration> "
        f"<numSubintegration> 1 {integrations} {' '.join(['0'] * integrations)} </numSubintegration> "
        "<execBlockId> ExecBlock_0 </execBlockId>"
    )


def _add_binary(path: Path, rows: Rows, observation: Observation, *, track: Track, window: int, data) -> None:
    field = rows.block.scans[track.number - 1].field
    start, end = _span(track, observation.integration_s)
    uid = rows.next_uid()
    binary = path / "ASDMBinary" / re.sub("[:/]", "_", uid)
    header = BinaryHeader(
        uid=uid,
        block_uid=rows.block.uid,
        number=track.number,
        antennas=observation.antennas,
        baseband=rows.block.windows[window].baseband,
        start_ns=start,
        interval_ns=nanoseconds(observation.integration_s),
    )
    write_bdf(binary, header, [nanoseconds(time) for time in track.times], data)
    sources = [source.name for source in observation.sources]
    rows.tables["Main"].append(
        f"<time> {(start + end) // 2} </time> <numAntenna> {observation.antennas} </numAntenna> "
        f"<timeSampling>INTEGRATION</timeSampling><interval> {end - start} </interval> "
        f"<numIntegration> {len(track.times)} </numIntegration> <scanNumber> {track.number} </scanNumber> "
        f"<subscanNumber> 1 </subscanNumber> <dataSize> {binary.stat().st_size} </dataSize> "
        f"<dataUID> {_reference(uid)} </dataUID> <configDescriptionId> ConfigDescription_{window} "
        f"</configDescriptionId> <execBlockId> ExecBlock_0 </execBlockId> "
        f"<fieldId> Field_{sources.index(field)} </fieldId> "
        f"<stateId> 1 {observation.antennas} {' '.join(['State_0'] * observation.antennas)} </stateId>"
    )


def _reference(uid: str) -> str:
    return f'<EntityRef entityId="{uid}" partId="X00000000" entityTypeName="ASDM" documentVersion="1"/>'


def _rewrite(path: Path, lines: list[str]) -> None:
    text = path.read_text()
    start, end = text.index("<row>"), text.rindex("</row>") + len("</row>")
    path.write_text(text[:start] + "\n".join(f"<row>{line}</row>" for line in lines) + text[end:])


def _describe_block(path: Path, observation: Observation, block: Block, frame: Frame) -> None:
    """One ExecBlock over all scans, under our uids; the scheduling block points to the MOUS."""
    start, _ = _span(frame.tracks[0], observation.integration_s)
    _, end = _span(frame.tracks[-1], observation.integration_s)
    row = _ROW.findall((path / "ExecBlock.xml").read_text())[0][len("<row>") : -len("</row>")]
    row = _fill(row, "startTime", str(start))
    row = _fill(row, "endTime", str(end))
    row = _fill(row, "execBlockUID", _reference(block.uid))
    _rewrite(path / "ExecBlock.xml", [_fill(row, "projectUID", _reference(observation.project_uid))])
    summary = path / "SBSummary.xml"
    text = _fill(summary.read_text(), "obsUnitSetUID", _reference(observation.mous_uid))
    summary.write_text(_fill(text, "projectUID", _reference(observation.project_uid)))


def _fill(text: str, tag: str, content: str) -> str:
    return re.sub(rf"<{tag}>.*?</{tag}>", f"<{tag}> {content} </{tag}>", text, flags=re.DOTALL)


def _name_windows(path: Path, block: Block) -> None:
    windows = path / "SpectralWindow.xml"
    remaining = iter(block.windows)

    def named(match: re.Match) -> str:
        window = next(remaining)
        row = match.group(0).replace("NOBB", window.baseband)
        if not window.science:
            row = _retuned(row, window)
        return row.replace("</row>", f" <name> {window.name} </name> </row>")

    windows.write_text(_ROW.sub(named, windows.read_text()))


def _retuned(row: str, window: Window) -> str:
    first = first_channel_hz(window, window.centre_hz)
    frequencies = " ".join(f"{first + window.channel_hz * number:.1f}" for number in range(window.channels))
    row = _fill(row, "refFreq", f"{first:.1f}")
    return _fill(row, "chanFreqArray", f"1 {window.channels} {frequencies}")


def _write_flags(path: Path, block: Block, frame: Frame) -> None:
    opening = (path / "Scan.xml").read_text().split("<row>")[0]
    opening = opening.replace("ScanTable", "FlagTable").replace("xmlns:scn", "xmlns:flag")
    start = nanoseconds(np.floor(frame.tracks[0].times[0]))
    lines = [
        f"<flagId> Flag_{number} </flagId> <startTime> {start + nanoseconds(flag.start_s)} </startTime> "
        f"<endTime> {start + nanoseconds(flag.end_s)} </endTime> <reason> {flag.reason} </reason> "
        f"<numAntenna> 1 </numAntenna> <antennaId> 1 1 Antenna_{frame.antennas.index(flag.antenna)} </antennaId>"
        for number, flag in enumerate(block.online_flags)
    ]
    rows = "\n".join(f"<row>{line}</row>" for line in lines)
    (path / "Flag.xml").write_text(f"{opening}{rows}\n</FlagTable>\n")


def _count_tables(path: Path, rows: Rows) -> None:
    """Tell ASDM.xml how many rows each table has; a table has an Entity if and only if it has rows."""
    counts = {name: len(lines) for name, lines in rows.tables.items()}
    counts |= {"ExecBlock": 1, "Flag": len(rows.block.online_flags)}
    for name in _DROPPED:
        counts[name] = 0
        for old in path.glob(f"{name}.*"):
            old.unlink()
    text = (path / "ASDM.xml").read_text()
    for name, count in counts.items():
        text = _counted(text, name, count, rows.next_uid())
    (path / "ASDM.xml").write_text(text)


def _counted(text: str, name: str, count: int, uid: str) -> str:
    entity = (
        f'<Entity entityId="{uid}" entityIdEncrypted="na" entityTypeName="{name}Table" schemaVersion="1" '
        'documentVersion="1"/>'
    )
    entry = f"<Table> <Name> {name} </Name> <NumberRows> {count} </NumberRows> {entity if count else ''} </Table>"
    return re.sub(rf"<Table> <Name> {name} </Name>.*?</Table>", entry, text, flags=re.DOTALL)
