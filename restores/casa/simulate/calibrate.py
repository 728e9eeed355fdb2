"""Calibration of one execution block in the manner of the ALMA pipeline, leaving what a later restore needs.

The order follows `hifa_cal`: online flags, deterministic flags, flux model, bandpass, phases, amplitudes, flux scale;
then the flags are saved as `Pipeline_Final` and the tables applied.  Every table and every application has an effect
of its own: leaving one out changes the calibrated data.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from casatasks import (
    applycal,
    bandpass,
    flagcmd,
    flagdata,
    flagmanager,
    fluxscale,
    gaincal,
    importasdm,
    setjy,
)

from .plan import Block, Observation

# Parameters of `hifa_restoredata`: a later import has to give the same rows in the same order.
IMPORT = {
    "ocorr_mode": "ca",
    "bdfflags": True,
    "lazy": False,
    "asis": "SBSummary ExecBlock Annotation Antenna Station Receiver Source CalAtmosphere CalWVR CalPointing",
}
FINAL_FLAGS = "Pipeline_Final"
EDGE_CHANNELS = 1 / 32
MIDDLE = 1 / 6


@dataclass(frozen=True)
class Tables:
    """Names of the caltables, as the pipeline names them after task, stage and kind of solution."""

    before_bandpass: str
    bandpass: str
    phase_int: str
    phase_inf: str
    amplitude: str
    flux: str

    @classmethod
    def of(cls, vis: str, windows: str) -> "Tables":
        spws = windows.replace(",", "_")
        return cls(
            before_bandpass=f"{vis}.hifa_bandpassflag.s12_2.spw{spws}.solintint.gpcal.tbl",
            bandpass=f"{vis}.hifa_bandpassflag.s12_4.spw{spws}.channel.solintinf.bcal.tbl",
            phase_int=f"{vis}.hifa_timegaincal.s17_2.spw{spws}.solintint.gpcal.tbl",
            phase_inf=f"{vis}.hifa_timegaincal.s17_4.spw{spws}.solintinf.gpcal.tbl",
            amplitude=f"{vis}.hifa_gfluxscale.s16_6.spw{spws}.solintinf.gacal.tbl",
            flux=f"{vis}.hifa_timegaincal.s17_7.spw{spws}.solintinf.gacal.tbl",
        )

    @property
    def applied(self) -> list[str]:
        return [self.bandpass, self.phase_int, self.phase_inf, self.flux]


@dataclass(frozen=True)
class Calibrated:
    vis: str
    tables: Tables
    applications: list[dict]
    flux_densities: dict[str, dict[int, float]]


def calibrate(asdm: str, observation: Observation, block: Block) -> Calibrated:
    """Import and calibrate in the working directory."""
    vis = f"{block.name}.ms"
    importasdm(asdm=asdm, vis=vis, process_flags=True, flagbackup=False, **IMPORT)
    science = ",".join(str(number) for number in block.science)
    tables = Tables.of(vis, science)
    _flag(vis, block)
    _set_models(vis, observation, science)
    flux_densities = _solve(vis, observation, block, tables)
    flagmanager(vis=vis, mode="save", versionname=FINAL_FLAGS, comment="Final pipeline flags")
    applications = _applications(vis, observation, block, tables)
    for application in applications:
        applycal(**application, applymode="calflagstrict", flagbackup=False)
    return Calibrated(vis, tables, applications, flux_densities)


def _flag(vis: str, block: Block) -> None:
    flagcmd(vis=vis, inpmode="table", action="apply", flagbackup=False)
    flagdata(vis=vis, mode="list", inpfile=flag_commands(block), flagbackup=False)


def flag_commands(block: Block) -> list[str]:
    """The flags beyond the online ones: band edges, and antennas in single scans."""
    edges = []
    for number in block.science:
        last = block.windows[number].channels - 1
        width = max(1, round(block.windows[number].channels * EDGE_CHANNELS))
        edges.append(f"{number}:0~{width - 1};{last - width + 1}~{last}")
    commands = [f"mode='manual' spw='{','.join(edges)}' reason='edgespw'"]
    for flag in block.manual_flags:
        commands.append(f"mode='manual' antenna='{flag.antenna}' scan='{flag.scan}' reason='{flag.reason}'")
    return commands


def _set_models(vis: str, observation: Observation, science: str) -> None:
    """The flux calibrator has its true flux density; of the bandpass calibrator only the shape is known."""
    known = ((observation.flux, observation.flux.flux_jy), (observation.bandpass, 1.0))
    for calibrator, flux_jy in known:
        setjy(
            vis=vis,
            field=calibrator.name,
            spw=science,
            standard="manual",
            fluxdensity=[flux_jy, 0, 0, 0],
            spix=calibrator.spectral_index,
            reffreq=f"{observation.reference_hz}Hz",
            usescratch=False,
        )


def _solve(vis: str, observation: Observation, block: Block, tables: Tables) -> dict[str, dict[int, float]]:
    science = ",".join(str(number) for number in block.science)
    bright, faint = observation.bandpass.name, observation.phase.name
    everyone = ",".join((bright, observation.flux.name, faint))
    common = {"vis": vis, "refant": reference_antenna(block, observation), "minsnr": 2.0}
    gaincal(caltable=tables.before_bandpass, field=bright, spw=_middle(block), solint="int", calmode="p", **common)
    bandpass(
        caltable=tables.bandpass,
        field=bright,
        spw=science,
        solint="inf",
        combine="scan",
        bandtype="B",
        solnorm=True,
        gaintable=[tables.before_bandpass],
        **common,
    )
    over = {"field": everyone, "spw": science, **common}
    gaincal(caltable=tables.phase_int, solint="int", calmode="p", gaintable=[tables.bandpass], **over)
    gaincal(caltable=tables.phase_inf, solint="inf", calmode="p", gaintable=[tables.bandpass], **over)
    known = [tables.bandpass, tables.phase_int]
    gaincal(caltable=tables.amplitude, solint="inf", calmode="a", gaintable=known, **over)
    found = fluxscale(
        vis=vis,
        caltable=tables.amplitude,
        fluxtable=tables.flux,
        reference=observation.flux.name,
        transfer=[bright, faint],
    )
    return _flux_densities(found, block)


def reference_antenna(block: Block, observation: Observation) -> str:
    """The first antenna without a flag of any kind."""
    troubled = {flag.antenna for flag in block.online_flags} | {flag.antenna for flag in block.manual_flags}
    return next(name for name in (f"DA{41 + i}" for i in range(observation.antennas)) if name not in troubled)


def _middle(block: Block) -> str:
    chosen = []
    for number in block.science:
        channels = block.windows[number].channels
        chosen.append(f"{number}:{round(channels * MIDDLE)}~{round(channels * (1 - MIDDLE))}")
    return ",".join(chosen)


def _flux_densities(found: dict, block: Block) -> dict[str, dict[int, float]]:
    fields = [value for key, value in found.items() if key.isdigit()]
    return {
        field["fieldName"]: {number: float(np.atleast_1d(field[str(number)]["fluxd"])[0]) for number in block.science}
        for field in fields
    }


def _applications(vis: str, observation: Observation, block: Block, tables: Tables) -> list[dict]:
    """Calibrators take the gains of each integration, the target those of its phase calibrator's scans."""
    roles = (
        (observation.bandpass, "CALIBRATE_BANDPASS", observation.bandpass, tables.phase_int),
        (observation.flux, "CALIBRATE_FLUX", observation.flux, tables.phase_int),
        (observation.phase, "CALIBRATE_PHASE", observation.phase, tables.phase_int),
        (observation.target, "OBSERVE_TARGET", observation.phase, tables.phase_inf),
    )
    return [
        {
            "vis": vis,
            "field": source.name,
            "intent": _intent(block, intent),
            "spw": ",".join(str(number) for number in block.science),
            "antenna": "",
            "gaintable": [tables.bandpass, phases, tables.flux],
            "gainfield": ["", gains.name, gains.name],
            "spwmap": [[], [], []],
            "interp": ["linear,linearflag", "linear,linear", "linear,linear"],
            "calwt": [True, True, True],
        }
        for source, intent, gains, phases in roles
    ]


def _intent(block: Block, intent: str) -> str:
    """The observing mode of the scans with `intent`, spelt as in the MeasurementSet."""
    scan = next(scan for scan in block.scans if intent in scan.intents)
    return ",".join(f"{part}#ON_SOURCE" for part in scan.intents)


def remove_leftovers(directory: Path, tables: Tables) -> None:
    for name in (tables.before_bandpass, tables.amplitude):
        shutil.rmtree(directory / name)
