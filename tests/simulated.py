"""The small simulated delivery, made once per test run by real CASA and shared by all processes of the run."""

import fcntl
import os

import pytest

from restores.simulation.casa import CASA_PYTHON
from restores.simulation.delivery import simulate
from restores.simulation.presets import PRESETS


@pytest.fixture(scope="session")
def small_delivery(tmp_path_factory):
    """OUT of `simulate_delivery --preset small`: tars, facts.json, truth.json, expectation/.  Nobody writes into it."""
    if not CASA_PYTHON.exists():
        pytest.fail(f"There is no CASA at {CASA_PYTHON}: run `make test`, which sets it up.")
    base = tmp_path_factory.getbasetemp()
    # Each worker of xdist has a directory of its own below that of the run.
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = run / "small-delivery"
    with (run / "small-delivery.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "complete").exists():
            simulate(out, {"small": PRESETS["small"](1)}, lambda word: None)
            (out / "complete").touch()
    return out
