"""What CASA would leave behind, as empty files and told facts: packaging needs no more."""

from restores.simulation.calibration import Simulated
from restores.simulation.presets import PRESETS
from restores.simulation.tree import Tree

HEADER = {
    "shape": [64, 64, 1, 1],
    "reference_pixel": [32.0, 32.0, 0.0, 0.0],
    "reference_value": [4.1744, -0.7387, 1.0, 2.33e11],
    "increment": [-7.3e-7, 7.3e-7, 1.0, 2e9],
    "axes": ["Right Ascension", "Declination", "Stokes", "Frequency"],
    "beam": [0.93, 0.81, -28.3],
    "minimum": -0.001,
    "maximum": 0.0895,
    "rms": 0.0005,
}


def tree(root, preset="small"):
    return Tree(root / "tree", PRESETS[preset](1))


def simulated(root, preset="small"):
    work = root / "work"
    work.mkdir()
    observation = PRESETS[preset](1).observation
    blocks = tuple(_block(work, observation, block) for block in observation.blocks)
    names = [observation.first.windows[number].name for number in observation.first.science]
    science = {
        "images": [_image(work, observation, names[-1:], "cube")],
        "continuum_ranges_hz": {names[0]: [[232.284e9, 233.712e9]], names[1]: [[230.488e9, 230.500e9]]},
    }
    return Simulated(work, blocks, science, {"images": []})


def _block(work, observation, block):
    vis = f"{block.name}.ms"
    tables = [f"{vis}.hifa_timegaincal.s17_{stage}.solintinf.gpcal.tbl" for stage in (2, 4)]
    for name in (*tables, f"{vis}.flagversions", f"{block.name}.asdm.sdm", vis):
        (work / name).mkdir()
        (work / name / "table.dat").write_bytes(b"casa")
    return {
        "name": block.name,
        "asdm": f"{block.name}.asdm.sdm",
        "vis": vis,
        "antennas": ["DA41", "DA42"],
        "caltables": tables,
        "flagversions": f"{vis}.flagversions",
        "flag_version": "Pipeline_Final",
        "applications": [_application(vis, observation, tables)],
        "flag_commands": ["mode='manual' spw='1:0~1' reason='edgespw'"],
        "flux_densities": {"J1604-4441": {"1": 0.9}},
    }


def _application(vis, observation, tables):
    return {
        "vis": vis,
        "field": observation.target.name,
        "intent": "OBSERVE_TARGET#ON_SOURCE",
        "spw": "1,2",
        "antenna": "",
        "gaintable": tables[:1],
        "gainfield": ["J1604-4441"],
        "spwmap": [[]],
        "interp": ["linear,linear"],
        "calwt": [True],
    }


def _image(work, observation, windows, mode):
    member = observation.mous_uid.replace(":", "_").replace("/", "_")
    stem = f"{member}.{observation.target.name}_sci.spw2.{mode}.regcal.I"
    files = {layer: f"{stem}.{layer}.fits" for layer in ("pbcor", "pb", "mask")}
    for name in files.values():
        (work / name).write_bytes(b"SIMPLE")
    source = observation.target.name
    told = {"source": source, "intent": "sci", "windows": windows, "mode": mode, "virtual_spws": [2]}
    return {**told, "files": files, "header": HEADER}
