"""Start the CASA side of a simulation: one process per task, in a directory and with a log of its own."""

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CASA_PYTHON = REPOSITORY / ".casa" / "6.7.0.31" / "bin" / "python"
MODULE = "restores.casa.simulate.run"


class SimulationError(Exception):
    """A CASA process of a simulation failed; the sentence ends with where its log lies."""


def run_task(work: Path, *task: str, python: Path = CASA_PYTHON) -> None:
    """Run one task of `restores.casa.simulate.run` on `work/plan.json` and wait for its end."""
    if not python.exists():
        raise SimulationError(f"There is no CASA at {python}: set it up with `make casa`, then simulate again.")
    name = "-".join(task[:2])
    log = work / f"{name}.log"
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(work),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONWARNINGS": "ignore",
        "CASASITECONFIG": str(REPOSITORY / "restores" / "casa" / "casasiteconfig.py"),
        "CASA_LOGFILE": str(work / f"{name}.casa.log"),
        "OMP_NUM_THREADS": "1",
    }
    kind, *rest = task
    command = [str(python), "-m", MODULE, kind, "plan.json", *rest]
    with log.open("wb") as out:
        ended = subprocess.run(command, cwd=work, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False)
    if ended.returncode:
        raise SimulationError(f"CASA could not simulate {name} (status {ended.returncode}): see {log}.")
