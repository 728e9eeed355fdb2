"""The package of a MOUS that a data reducer calibrated and imaged by hand: no request, manifest or restore script."""

from .calibration import Simulated
from .manifest import CASA_VERSION
from .pack import tar_gz
from .pipeline import write_around
from .products import manual_name, write_products
from .reports import write_reports, write_text_file
from .scripts import calibration_script, commands_log, imaging_script, script_for_pi
from .tree import Tree


def write(tree: Tree, simulated: Simulated) -> None:
    for told in simulated.blocks:
        name = told["vis"].removesuffix(".ms")
        tables = [simulated.work / table for table in told["caltables"]]
        tar_gz(tree.place("calibration", f"{name}.calibration.tgz"), tables)
        tree.write("script", f"{told['vis']}.scriptForCalibration.py", calibration_script(told))
        write_text_file(tree, told)
    write_products(tree, simulated, manual_name)
    write_reports(tree, simulated)
    tree.write("script", tree.named("scriptForImaging.py"), imaging_script(tree, simulated))
    tree.write("script", tree.named("scriptForPI.py"), script_for_pi(tree, CASA_VERSION))
    log = simulated.work / "casa_commands.log"
    log.write_text(commands_log(simulated))
    tar_gz(tree.place("log", tree.named("log.tgz")), [log])
    write_around(tree, simulated)
