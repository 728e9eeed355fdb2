"""One job of CASA: `python -m restores.casa.run ATTEMPT_DIRECTORY` reads the order and leaves a checked report.

The process ends with 0 only when the report says so.  A known failure leaves a report with `error` and ends with 2;
anything else leaves no report and its traceback.  An attempt always starts from nothing: what a killed one left behind
may look whole and is not.
"""

import importlib
import os
import pathlib
import shutil
import sys

from restores.casa.failures import Failure
from restores.casa.order import read_order
from restores.casa.report import Report


def main(arguments: list[str]) -> int:
    directory = pathlib.Path(arguments[0]).resolve()
    os.chdir(directory)  # CASA writes beside itself whatever it is not told to write elsewhere
    report = Report(directory)
    _start_from_nothing(directory)
    try:
        _perform(directory, report)
    except Failure as failure:
        report.write_failure(failure)
        return 2
    report.write()
    return 0


def _perform(directory: pathlib.Path, report: Report) -> None:
    order = read_order(directory / "order.json")
    report.identity = order.identity
    with report.stage("start CASA"):
        # Imported this late so that a broken order is told at once: CASA takes seconds to come up.
        recipe = importlib.import_module(f"restores.casa.{order.recipe}")
    recipe.run(order, report)


def _start_from_nothing(directory: pathlib.Path) -> None:
    (directory / "report.json").unlink(missing_ok=True)
    for name in ("work", "outputs"):
        shutil.rmtree(directory / name, ignore_errors=True)
        (directory / name).mkdir()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
