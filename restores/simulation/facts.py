"""What a package does not hold: facts only the observatory knows, and the truth only a simulation knows."""

import json
from dataclasses import asdict
from pathlib import Path

from restores.casa.simulate.plan import Observation

from .presets import Preset


def facts(preset: Preset) -> dict:
    observation = preset.observation
    return {
        "projects": {observation.project_code: {"title": preset.title, "pi": preset.pi}},
        "mous": {
            observation.mous_uid: {
                "delivered_at": preset.delivered_at,
                "release_at": preset.release_at,
                "qa2": "PASS",
                "qa2_comment": preset.qa2_comment,
            }
        },
        "execution_blocks": {block.uid: {"qa0": "PASS"} for block in observation.blocks},
    }


def truth(preset: Preset, name: str, ranges_hz: dict[str, list[list[float]]]) -> dict:
    """Injected values; offsets east and north in arcsec, flux densities in Jy at `reference_hz`."""
    observation = preset.observation
    return {
        "preset": name,
        "project": observation.project_code,
        "calibration": preset.calibration,
        "reference_hz": observation.reference_hz,
        "calibrators": {role: asdict(getattr(observation, role)) for role in ("bandpass", "flux", "phase")},
        "target": _target(observation),
        "windows": _windows(observation),
        "continuum_ranges_lsrk_hz": ranges_hz,
        "execution_blocks": {
            block.uid: {
                "session": block.session,
                "start": block.start,
                "spws": {window.name: number for number, window in enumerate(block.windows)},
            }
            for block in observation.blocks
        },
    }


def _target(observation: Observation) -> dict:
    target = observation.target
    return {
        "name": target.name,
        "ra_deg": target.ra_deg,
        "dec_deg": target.dec_deg,
        "continuum_spectral_index": target.spectral_index,
        "line": {
            "rest_hz": target.rest_hz,
            "lsrk_kms": target.lsrk_kms,
            "fwhm_kms": target.fwhm_kms,
            "window": observation.first.windows[observation.first.science[-1]].name,
        },
        "components": [
            {
                "east_arcsec": component.east_arcsec,
                "north_arcsec": component.north_arcsec,
                "continuum_jy": component.continuum_jy,
                "line_peak_jy": component.line_jy,
            }
            for component in target.components
        ],
    }


def _windows(observation: Observation) -> dict:
    first = observation.first
    return {
        first.windows[number].name: {
            "virtual": number,
            "centre_topo_hz": first.windows[number].centre_hz,
            "channel_hz": first.windows[number].channel_hz,
            "channels": first.windows[number].channels,
        }
        for number in first.science
    }


def merge_into(path: Path, more: dict) -> None:
    """Add `more` to the JSON object at `path`, group by group: several deliveries share one file."""
    known = json.loads(path.read_text()) if path.exists() else {}
    for group, entries in more.items():
        known.setdefault(group, {}).update(entries)
    path.write_text(json.dumps(known, indent=1) + "\n")
