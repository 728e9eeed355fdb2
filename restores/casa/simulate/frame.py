"""The empty frame of an execution block: antennas, fields, windows, times and baselines, before anything is observed.

CASA's simulator tool writes it as a MeasurementSet.  The baselines are read from it; then it keeps only the first
integration of each scan, because `exportasdm` needs no more to write the static tables and we write the rest.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from casatasks.private import simutil
from casatools import ctsys, measures, simulator, table

from .plan import Block, Observation, Window

PAUSE_S = 20.0
# `exportasdm` refuses windows of different receiver bands, and equal ones: the others are simulated near here and
# tuned later.
STAND_IN_HZ = 233e9


@dataclass(frozen=True)
class Track:
    """One scan as the interferometer saw it: mid times (MJD seconds, UTC) and uvw in metres, [time, baseline, 3].

    Baselines run as in an ASDM: the second antenna outside, the first inside.
    """

    number: int
    times: np.ndarray
    uvw: np.ndarray
    first: np.ndarray
    second: np.ndarray


@dataclass(frozen=True)
class Frame:
    path: Path
    antennas: list[str]
    frequencies: list[np.ndarray]
    tracks: list[Track]


def make_frame(path: Path, observation: Observation, block: Block) -> Frame:
    _simulate(path, observation, block)
    frequencies = _frequencies(path)
    tracks = _tracks(path, block)
    trimmed = _trim(path)
    _settle_subtables(trimmed, observation, block)
    return Frame(trimmed, antenna_names(observation.antennas), frequencies, tracks)


def array_plane(positions: np.ndarray) -> np.ndarray:
    """Geocentric positions seen from above the array: metres east and north of its middle."""
    middle = positions.mean(axis=1, keepdims=True)
    up = middle[:, 0] / np.linalg.norm(middle)
    east = np.cross([0, 0, 1], up)
    east /= np.linalg.norm(east)
    return np.array([east, np.cross(up, east)]) @ (positions - middle)


def spread(east: np.ndarray, north: np.ndarray, count: int) -> list[int]:
    """Antennas nearest to a sunflower spiral: few antennas with many different baselines, so low sidelobes."""
    reach = np.percentile(np.hypot(east, north), 85)
    chosen: list[int] = []
    for step in range(count):
        radius, angle = reach * np.sqrt((step + 0.5) / count), step * np.pi * (3 - np.sqrt(5))
        distance = np.hypot(east - radius * np.cos(angle), north - radius * np.sin(angle))
        distance[chosen] = np.inf
        chosen.append(int(np.argmin(distance)))
    return chosen


def first_channel_hz(window: Window, centre_hz: float) -> float:
    return centre_hz - window.channel_hz * (window.channels - 1) / 2


def antenna_names(count: int) -> list[str]:
    return [f"DA{41 + number}" for number in range(count)]


def _simulate(path: Path, observation: Observation, block: Block) -> None:
    sm = simulator()
    sm.open(str(path))
    _set_array(sm, observation)
    for number, window in enumerate(block.windows):
        first = first_channel_hz(window, window.centre_hz if window.science else STAND_IN_HZ + 1e6 * number)
        sm.setspwindow(
            spwname=window.name,
            freq=f"{first:.3f}Hz",
            deltafreq=f"{window.channel_hz:.3f}Hz",
            freqresolution=f"{window.channel_hz:.3f}Hz",
            nchannels=window.channels,
            stokes="XX YY",
            refcode="TOPO",
        )
    sm.setfeed(mode="perfect X Y", pol=[""])
    for source in observation.sources:
        sm.setfield(sourcename=source.name, sourcedirection=f"J2000 {source.ra_deg:.9f}deg {source.dec_deg:.9f}deg")
    # Below this elevation the simulator flags without a word: plans start their blocks near transit.
    sm.setlimits(shadowlimit=0.0, elevationlimit="5deg")
    sm.setauto(0.0)
    start = measures().epoch("UTC", block.start)
    sm.settimes(integrationtime=f"{observation.integration_s}s", usehourangle=False, referencetime=start)
    _observe(sm, observation, block)
    sm.close()
    sm.done()


def _set_array(sm, observation: Observation) -> None:
    configuration = str(Path(ctsys.resolve("alma/simmos")) / observation.configuration)
    x, y, z, diameter, pads, _, _, centre = simutil.simutil().readantenna(configuration)
    east, north = array_plane(np.array([x, y, z]))
    chosen = spread(east, north, observation.antennas)
    pick = lambda values: [values[number] for number in chosen]  # noqa: E731 - one use, one line
    sm.setconfig(
        telescopename="ALMA",
        x=pick(x),
        y=pick(y),
        z=pick(z),
        dishdiameter=pick(diameter),
        mount=["alt-az"],
        antname=antenna_names(observation.antennas),
        padname=[str(pad) for pad in pick(pads)],
        coordsystem="global",
        referencelocation=centre,
    )


def windows_of(block: Block, scan) -> list[int]:
    """Numbers of the windows that take data in `scan`: the science ones, or the others in a pointing scan."""
    return [number for number, window in enumerate(block.windows) if window.science == scan.science]


def _observe(sm, observation: Observation, block: Block) -> None:
    elapsed = 0.0
    for scan in block.scans:
        for number in windows_of(block, scan):
            sm.observe(
                sourcename=scan.field,
                spwname=block.windows[number].name,
                starttime=f"{elapsed}s",
                stoptime=f"{elapsed + scan.seconds}s",
                add_observation=False,
                state_sig=True,
                state_ref=False,
                state_cal=0.0,
                state_load=0.0,
                state_sub_scan=1,
                state_obs_mode=",".join(f"{intent}#ON_SOURCE" for intent in scan.intents),
                observer="Altiplano",
                project=observation.project_uid,
            )
        elapsed += scan.seconds + PAUSE_S


def _frequencies(path: Path) -> list[np.ndarray]:
    windows = table()
    windows.open(str(path / "SPECTRAL_WINDOW"))
    frequencies = [windows.getcell("CHAN_FREQ", row) for row in range(windows.nrows())]
    windows.close()
    return frequencies


def _tracks(path: Path, block: Block) -> list[Track]:
    """The simulator counts one scan per window and scan; the first window of each scan stands for all."""
    main = table()
    main.open(str(path))
    counted, tracks = 1, []
    for number, scan in enumerate(block.scans, start=1):
        rows = main.query(f"SCAN_NUMBER == {counted}", sortlist="TIME, ANTENNA2, ANTENNA1")
        times = np.unique(rows.getcol("TIME"))
        baselines = rows.nrows() // len(times)
        uvw = rows.getcol("UVW").T.reshape(len(times), baselines, 3)
        tracks.append(
            Track(number, times, uvw, rows.getcol("ANTENNA1")[:baselines], rows.getcol("ANTENNA2")[:baselines])
        )
        rows.close()
        counted += len(windows_of(block, scan))
    main.close()
    return tracks


def _trim(path: Path) -> Path:
    """A copy with the first integration of each scan only: the simulator's storage cannot drop rows in place."""
    main = table()
    main.open(str(path))
    times, scans = main.getcol("TIME"), main.getcol("SCAN_NUMBER")
    starts = {scan: times[scans == scan].min() for scan in np.unique(scans)}
    first = np.array([starts[scan] for scan in scans])
    kept = main.selectrows([int(row) for row in np.nonzero(times == first)[0]])
    trimmed = path.with_name(f"{path.name}.first")
    kept.copy(str(trimmed), deep=True, valuecopy=True).close()
    kept.close()
    main.close()
    return trimmed


def _settle_subtables(path: Path, observation: Observation, block: Block) -> None:
    """What `exportasdm` insists on: a SOURCE row per source and window, and one POLARIZATION row for all."""
    count = len(block.windows)
    sources = table()
    sources.open(str(path / "SOURCE"), nomodify=False)
    fields = sources.nrows()
    for _ in range(1, count):
        sources.copyrows(str(path / "SOURCE"), nrow=fields)
    sources.putcol("SPECTRAL_WINDOW_ID", np.repeat(np.arange(count), fields))
    sources.putcol("REST_FREQUENCY", np.full((1, sources.nrows()), observation.target.rest_hz))
    sources.putcol("SYSVEL", np.full((1, sources.nrows()), observation.target.lsrk_kms * 1e3))
    sources.close()
    descriptions = table()
    descriptions.open(str(path / "DATA_DESCRIPTION"), nomodify=False)
    descriptions.putcol("POLARIZATION_ID", np.zeros(descriptions.nrows(), int))
    descriptions.close()
    polarizations = table()
    polarizations.open(str(path / "POLARIZATION"), nomodify=False)
    polarizations.removerows(list(range(1, polarizations.nrows())))
    polarizations.close()
