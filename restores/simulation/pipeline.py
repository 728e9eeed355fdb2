"""The package of a MOUS that the pipeline calibrated and imaged."""

import shutil

from .calibration import Simulated, write_calibration
from .manifest import CASA_VERSION, manifest
from .ppr import request
from .products import rename_text, write_products
from .reports import write_reports, write_weblog
from .scripts import commands_log, pipescript, readme, restore_script, script_for_pi
from .tree import Tree


def write(tree: Tree, simulated: Simulated) -> None:
    write_calibration(tree, simulated)
    renamed = write_products(tree, simulated)
    write_reports(tree, simulated)
    write_weblog(tree, simulated)
    texts = {
        tree.from_recipe("pprequest.xml"): request(tree),
        tree.from_recipe("pipeline_manifest.xml"): manifest(tree, simulated),
        tree.from_recipe("casa_piperestorescript.py"): restore_script(tree),
        tree.from_recipe("casa_pipescript.py"): pipescript(tree),
        tree.named("calimage.product_rename.txt"): rename_text(renamed),
        tree.named("scriptForPI.py"): script_for_pi(tree, CASA_VERSION),
    }
    for name, text in texts.items():
        tree.write("script", name, text)
    tree.write("log", tree.from_recipe("casa_commands.log"), commands_log(simulated))
    write_around(tree, simulated)


def write_around(tree: Tree, simulated: Simulated) -> None:
    """README and raw data, alike in all packages."""
    tree.write("", tree.named("README.txt"), readme(tree))
    for told in simulated.blocks:
        shutil.copytree(simulated.work / told["asdm"], tree.place("raw", told["asdm"]), dirs_exist_ok=True)
