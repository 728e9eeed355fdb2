"""Attempt directories made straight from a simulated delivery, without the archive in between."""

import ast
import json
import os
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ASIS = "SBSummary ExecBlock Annotation Antenna Station Receiver Source CalAtmosphere CalWVR CalPointing"
APPLYCAL_KEYS = ("field", "intent", "spw", "antenna", "gaintable", "gainfield", "spwmap", "interp", "calwt")


def file_form(uid):
    return uid.replace(":", "_").replace("/", "_")


def only_mous(delivery):
    """Uid and truth of the one MOUS of a small delivery."""
    [(uid, truth)] = json.loads((delivery / "truth.json").read_text())["mous"].items()
    return uid, truth


def make_attempt(delivery, directory, *, recipe="restore", image=None, blocks=None):
    """`directory` with inputs and order; returns the order, which a test may change and write again."""
    uid, truth = only_mous(delivery)
    inputs = directory / "inputs"
    inputs.mkdir(parents=True)
    _stage(delivery, inputs)
    names = sorted(truth["execution_blocks"], key=lambda eb: truth["execution_blocks"][eb]["start"])[:blocks]
    order = {
        "recipe": recipe,
        "request": "5f0c1f4e-3f0e-4b5f-9a41-2f8f0f9b7f10",
        "attempt": 1,
        "mous": uid,
        "casa_version": "6.7.0.31",
        "import": {"ocorr_mode": "ca", "bdfflags": True, "lazy": False, "asis": ASIS},
        "execution_blocks": [_block(eb, truth, inputs) for eb in names],
        "image": image,
    }
    write_order(directory, order)
    return order


def write_order(directory, order):
    (directory / "order.json").write_text(json.dumps(order, indent=1))


def _stage(delivery, inputs):
    for raw in delivery.glob("*.asdm.sdm.tar"):
        (inputs / raw.name).symlink_to(raw.resolve())
    [auxiliary] = delivery.glob("*_auxiliary.tar")
    with tarfile.open(auxiliary) as tar:
        for member in tar:
            if member.isreg() and "/calibration/" in member.name:
                (inputs / Path(member.name).name).write_bytes(tar.extractfile(member).read())


def _block(eb, truth, inputs):
    name, known = file_form(eb), truth["execution_blocks"][eb]
    [raw] = inputs.glob(f"*_{name}.asdm.sdm.tar")
    caltables = inputs.glob(f"*.{known['session']}.caltables.tgz")
    virtual = {window: about["virtual"] for window, about in truth["windows"].items()}
    return {
        "uid": eb,
        "name": name,
        "session": known["session"],
        "raw": f"inputs/{raw.name}",
        "flagversions": f"inputs/{name}.ms.flagversions.tgz",
        "caltables": [f"inputs/{tgz.name}" for tgz in caltables],
        "applycal": _applycal((inputs / f"{name}.ms.calapply.txt").read_text()),
        "restored": None,
        "spws": [
            {"name": window, "number": known["spws"][window], "virtual": number, "science": True}
            for window, number in virtual.items()
        ],
    }


def _applycal(text):
    calls = [ast.parse(line, mode="eval").body for line in text.splitlines() if line.startswith("applycal(")]
    return [{word.arg: ast.literal_eval(word.value) for word in c.keywords if word.arg in APPLYCAL_KEYS} for c in calls]


def image_of(delivery, *, cubes=(), continuum=False, angular_resolution=None):
    uid, truth = only_mous(delivery)
    name = truth["target"]["name"]
    return {
        "source": name,
        "source_key": name.casefold(),
        "member": file_form(uid),
        "cubes": list(cubes),
        "continuum": continuum,
        "angular_resolution_arcsec": angular_resolution,
        "continuum_ranges": truth["continuum_ranges_lsrk_hz"],
    }


def cube_of(delivery, *, mode, start_hz, width_hz, nchan):
    """A cube of the window with the line; `start` and `width` as a user writes them are not computed with."""
    truth = only_mous(delivery)[1]
    line = truth["target"]["line"]
    return {
        "spw_name": line["window"],
        "virtual_spw": truth["windows"][line["window"]]["virtual"],
        "restfreq_hz": line["rest_hz"],
        "start_hz": start_hz,
        "width_hz": width_hz,
        "nchan": nchan,
        "mode": mode,
        "start": f"{start_hz}Hz",
        "width": f"{width_hz}Hz",
    }


def environment(directory):
    """What a launcher gives CASA, and nothing else of ours."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "PYTHONPATH": str(ROOT),
        "CASASITECONFIG": str(ROOT / "restores" / "casa" / "casasiteconfig.py"),
        "CASA_LOGFILE": str(directory / "casa.log"),
        "OMP_NUM_THREADS": "1",
    }


def run_casa(directory):
    """Exit status and report, None where there is none."""
    done = subprocess.run(
        [interpreter(), "-m", "restores.casa.run", str(directory)],
        cwd=directory, env=environment(directory), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    path = directory / "report.json"
    (directory / "stderr").write_text(done.stderr)
    return done.returncode, json.loads(path.read_text()) if path.exists() else None


def interpreter():
    home = Path(os.environ.get("ALTIPLANO_CASA_DIR") or ROOT / ".casa")
    return str(home / "6.7.0.31" / "bin" / "python")
