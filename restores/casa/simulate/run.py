"""One CASA process of a simulation: `python -m restores.casa.simulate.run TASK plan.json ...` in its own directory.

Tasks: `block N` observes and calibrates the Nth execution block; `images science|calibrators SIZE CELL` images the
blocks found in the directory.  What came out is told in a JSON file written last.
"""

import json
import multiprocessing
import os
import sys
from pathlib import Path

import numpy as np

from .asdm import write_asdm
from .calibrate import FINAL_FLAGS, calibrate, flag_commands, remove_leftovers
from .continuum import continuum_ranges, seen
from .corruption import corrupted, instrument
from .frame import Track, antenna_names, make_frame
from .image import Geometry, calibrator_images, make, science_images
from .plan import Block, Observation, observation
from .sky import true_visibilities


def main(arguments: list[str]) -> None:
    task, plan, *rest = arguments
    observed = observation(json.loads(Path(plan).read_text()))
    if task == "block":
        tell(f"block-{rest[0]}.json", block(observed, int(rest[0])))
    else:
        kind, size, cell = rest
        tell(f"images-{kind}.json", images(observed, kind, Geometry(int(size), float(cell))))


def tell(name: str, told: dict) -> None:
    written = Path(f"{name}.new")
    written.write_text(json.dumps(told, indent=1))
    os.replace(written, name)


def block(observed: Observation, number: int) -> dict:
    """Observe and calibrate one execution block.

    Observing happens in a child: the simulator leaves traces in the measures of its process that change the last
    bits of the baselines which `importasdm` computes, and a later restore knows nothing of a simulator.
    """
    chosen = observed.blocks[number]
    observing = multiprocessing.get_context("fork").Process(target=observe, args=(observed, chosen))
    observing.start()
    observing.join()
    if observing.exitcode:
        sys.exit(f"Observing {chosen.uid} ended with status {observing.exitcode}.")
    calibrated = calibrate(asdm_name(chosen), observed, chosen)
    remove_leftovers(Path(), calibrated.tables)
    return {
        "name": chosen.name,
        "asdm": asdm_name(chosen),
        "vis": calibrated.vis,
        "antennas": antenna_names(observed.antennas),
        "caltables": calibrated.tables.applied,
        "flagversions": f"{calibrated.vis}.flagversions",
        "flag_version": FINAL_FLAGS,
        "applications": calibrated.applications,
        "flag_commands": flag_commands(chosen),
        "flux_densities": calibrated.flux_densities,
    }


def asdm_name(block: Block) -> str:
    return f"{block.name}.asdm.sdm"


def observe(observed: Observation, chosen: Block) -> None:
    frame = make_frame(Path(f"{chosen.name}.frame"), observed, chosen)
    errors = instrument(frame, seed=chosen.seed, noise_jy=observed.noise_jy, phase_rms_deg=observed.phase_rms_deg)

    def visibilities(track: Track, window: int) -> np.ndarray:
        truth = true_visibilities(observed, chosen.scans[track.number - 1].field, frame.frequencies[window], track)
        return corrupted(truth, track, window, errors)

    write_asdm(Path(asdm_name(chosen)), observed, chosen, frame=frame, visibilities=visibilities)


def images(observed: Observation, kind: str, geometry: Geometry) -> dict:
    every = [seen(f"{one.name}.ms", observed, one) for one in observed.blocks]
    chosen = science_images if kind == "science" else calibrator_images
    return {
        "images": [make(observed, wanted, geometry) for wanted in chosen(observed, every)],
        "continuum_ranges_hz": {
            window: continuum_ranges(every, observed.target, window) for window in every[0].channels
        },
    }


if __name__ == "__main__":
    main(sys.argv[1:])
