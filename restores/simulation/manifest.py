"""pipeline_manifest.xml: which file of the package is what, with the pipeline's own names of the images."""

from xml.etree import ElementTree

from .calibration import Simulated
from .tree import RECIPE, Tree

CASA_VERSION = "6.7.0.31"
PIPELINE_VERSION = "2025.1.0.32"


def manifest(tree: Tree, simulated: Simulated) -> str:
    root = ElementTree.Element("piperesults", name="OUS")
    ous = ElementTree.SubElement(root, "ous", name=tree.mous)
    _named(ous, "casaversion", CASA_VERSION)
    _named(ous, "pipeline_version", PIPELINE_VERSION)
    _named(ous, "procedure_name", RECIPE)
    environment = ElementTree.SubElement(ous, "execution_environment")
    ElementTree.SubElement(environment, "node", num_mpi_servers="1")
    _named(ous, "piperequest", tree.from_recipe("pprequest.xml"), datatype="pprequest", format="xml", ous=tree.mous)
    _add_sessions(ous, tree, simulated)
    _named(ous, "weblog", tree.from_recipe("weblog.tgz"), datatype="weblog", format="tgz")
    _named(ous, "casa_cmdlog", tree.from_recipe("casa_commands.log"), datatype="casa_command_log", format="text")
    _named(ous, "pipescript", tree.from_recipe("casa_pipescript.py"), datatype="casa_pipescript", format="text")
    restore = tree.from_recipe("casa_piperestorescript.py")
    _named(ous, "restorescript", restore, datatype="casa_piperestorescript", format="text")
    for image in simulated.images:
        for layer, raw in image["files"].items():
            _named(ous, "image", raw, **_described(tree, image, layer))
    _named(ous, "aux_products_file", tree.from_recipe("auxproducts.tgz"))
    _named(ous, "manifest", tree.from_recipe("pipeline_manifest.xml"), ous=tree.mous)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _named(parent: ElementTree.Element, tag: str, name: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {"name": name, **attributes})


def _add_sessions(ous: ElementTree.Element, tree: Tree, simulated: Simulated) -> None:
    sessions: dict[str, ElementTree.Element] = {}
    for block, told in zip(tree.preset.observation.blocks, simulated.blocks, strict=True):
        if block.session not in sessions:
            session = sessions[block.session] = _named(ous, "session", block.session)
            form = {"datatype": "caltables", "format": "tgz", "session": block.session, "ous_name": tree.mous}
            _named(session, "caltables", tree.caltables(block.session), **form)
        asdm = _named(sessions[block.session], "asdm", told["vis"])
        _named(asdm, "finalflags", f"{told['flagversions']}.tgz", datatype="flagversions", format="tgz")
        _named(asdm, "applycmds", f"{told['vis']}.calapply.txt", datatype="applycalcmds", format="text")


def _described(tree: Tree, image: dict, layer: str) -> dict[str, str]:
    """Keywords of the FITS header in lower case; what is not known is N/A, as in real manifests."""
    header, spws = image["header"], ",".join(str(number) for number in image["virtual_spws"])
    described = {
        "imtype": "target" if image["intent"] == "sci" else "calibrator",
        "manualstring": "N/A",
        "object": image["source"],
        "intent": image["intent"],
        "specmode": image["mode"],
        "spw": spws,
        "virtspw": spws,
        "nspwnam": str(len(image["windows"])),
        **{f"spwnam{number:02d}": name for number, name in enumerate(image["windows"], start=1)},
        "robust": "0.5",
        "weight": "briggs",
        "level": "member",
        "arrays": "12M",
        "session": "N/A",
        "imagemin": repr(header["minimum"]),
        "imagemax": repr(header["maximum"]),
        "rms": repr(header["rms"]),
        "producttype": image["mode"],
        "pl_datatype": "REGCAL_CONTLINE_SCIENCE" if image["intent"] == "sci" else "REGCAL_CONTLINE_ALL",
        "pol": "I",
        "datatype": layer,
        "format": "fits",
        "ous": tree.mous,
    }
    beam = header["beam"] or ["N/A", "N/A", "N/A"]
    described |= {key: str(value) for key, value in zip(("bmaj", "bmin", "bpa"), beam, strict=True)}
    for number, values in enumerate(zip(*(header[key] for key in _AXIS.values()), strict=True), start=1):
        described |= {f"{key}{number}": str(value) for key, value in zip(_AXIS, values, strict=True)}
    return described


_AXIS = {
    "naxis": "shape",
    "ctype": "axes",
    "crpix": "reference_pixel",
    "crval": "reference_value",
    "cdelt": "increment",
}
