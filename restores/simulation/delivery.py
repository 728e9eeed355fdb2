"""From a preset to tars on disk: observe and calibrate the blocks, image them, lay out the tree, pack it.

At most two CASA processes run at a time; blocks of all presets come first, then their images.
"""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import manual, pipeline
from .calibration import Simulated
from .casa import run_task
from .facts import facts, merge_into, truth
from .pack import pack
from .presets import Preset
from .tree import Tree, file_form

PROCESSES = 2
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    name: str
    preset: Preset
    work: Path


def steps(presets: dict[str, Preset]) -> int:
    """How often `simulate` will report progress."""
    return sum(len(preset.observation.blocks) + len(image_tasks(preset)) + 1 for preset in presets.values())


def image_tasks(preset: Preset) -> list[tuple[str, ...]]:
    geometry = (str(preset.image_size), str(preset.cell_arcsec))
    kinds = ("science",) if preset.calibration == "manual" else ("science", "calibrators")
    return [("images", kind, *geometry) for kind in kinds]


def simulate(out: Path, presets: dict[str, Preset], progress: Progress) -> list[Path]:
    """Write the deliveries of `presets` to `out`; `progress` hears a word after every step."""
    out.mkdir(parents=True, exist_ok=True)
    orders = [_order(out, name, preset) for name, preset in presets.items()]
    with ThreadPoolExecutor(PROCESSES) as pool:
        for tasks in (_block_tasks(orders), _image_tasks(orders)):
            for done in [pool.submit(_run, order, task, progress) for order, task in tasks]:
                done.result()
    tars = [tar for order in orders for tar in deliver(out, order, progress)]
    shutil.rmtree(out / ".work")
    return tars


def _order(out: Path, name: str, preset: Preset) -> Order:
    work = out / ".work" / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "plan.json").write_text(json.dumps(preset.observation.as_dict(), indent=1))
    return Order(name, preset, work)


def _block_tasks(orders: list[Order]) -> list[tuple[Order, tuple[str, ...]]]:
    return [
        (order, ("block", str(number))) for order in orders for number in range(len(order.preset.observation.blocks))
    ]


def _image_tasks(orders: list[Order]) -> list[tuple[Order, tuple[str, ...]]]:
    return [(order, task) for order in orders for task in image_tasks(order.preset)]


def _run(order: Order, task: tuple[str, ...], progress: Progress) -> None:
    run_task(order.work, *task)
    progress(f"{order.name}: {' '.join(task[:2])}")


def deliver(out: Path, order: Order, progress: Progress) -> list[Path]:
    """Lay out and pack what CASA left in the work directory; keep the calibrated MeasurementSets as expectation."""
    simulated = gather(order)
    tree = Tree(order.work / "tree", order.preset)
    layout = manual if order.preset.calibration == "manual" else pipeline
    layout.write(tree, simulated)
    tars = pack(tree, out)
    keep_expectation(out, order, simulated)
    merge_into(out / "facts.json", facts(order.preset))
    found = truth(order.preset, order.name, simulated.science["continuum_ranges_hz"])
    merge_into(out / "truth.json", {"mous": {order.preset.observation.mous_uid: found}})
    progress(f"{order.name}: packed")
    return tars


def gather(order: Order) -> Simulated:
    told = {path.stem: json.loads(path.read_text()) for path in order.work.glob("*-*.json")}
    blocks = tuple(told[f"block-{number}"] for number in range(len(order.preset.observation.blocks)))
    return Simulated(order.work, blocks, told["images-science"], told.get("images-calibrators", {}))


def keep_expectation(out: Path, order: Order, simulated: Simulated) -> None:
    kept = out / "expectation" / file_form(order.preset.observation.mous_uid)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for told in simulated.blocks:
        shutil.move(simulated.work / told["vis"], kept / told["vis"])
