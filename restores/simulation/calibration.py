"""The calibration directory: what `hifa_restoredata` needs, and the auxiliary products of the pipeline."""

from dataclasses import dataclass
from pathlib import Path

from restores.casa.simulate.plan import Block

from .pack import tar_gz
from .tree import Tree

FLUX_HEADER = "ms,field,spw,I,Q,U,V,spix,uvmin,uvmax,comment"
ANTENNA_POSITIONS_HEADER = "name,antenna,xoff,yoff,zoff,comment"
TEMPLATE_HEADER = """\
#
# User flagging commands file for the calibration pipeline
#
# Examples
# Note: Do not put spaces inside the reason string !
#
# mode='manual' correlation='YY' antenna='DV01;DV08;DA43;DA48&DV23' spw='21:1920~2880' autocorr=False reason='bad'
# mode='manual' spw='25:0~3;122~127' reason='stage8_2'
#
"""
APPLYCAL_ORDER = (
    "vis",
    "field",
    "intent",
    "spw",
    "antenna",
    "gaintable",
    "gainfield",
    "spwmap",
    "interp",
    "calwt",
)


@dataclass(frozen=True)
class Simulated:
    """What the CASA processes left for one MOUS in `work`, and what they told about it."""

    work: Path
    blocks: tuple[dict, ...]
    science: dict
    calibrators: dict

    @property
    def images(self) -> list[dict]:
        return [*self.science["images"], *self.calibrators.get("images", [])]


def write_calibration(tree: Tree, simulated: Simulated) -> None:
    sessions: dict[str, list[Path]] = {}
    for block, told in zip(tree.preset.observation.blocks, simulated.blocks, strict=True):
        sessions.setdefault(block.session, []).extend(simulated.work / name for name in told["caltables"])
        tar_gz(tree.place("calibration", f"{told['flagversions']}.tgz"), [simulated.work / told["flagversions"]])
        tree.write("calibration", f"{told['vis']}.calapply.txt", calapply(told))
    for session, tables in sessions.items():
        tar_gz(tree.place("calibration", tree.caltables(session)), tables)
    aux = write_auxiliary(tree, simulated)
    tar_gz(tree.place("calibration", tree.from_recipe("auxproducts.tgz")), aux)


def calapply(told: dict) -> str:
    """One applycal per line in the order of the pipeline's callibrary; the header names the MeasurementSet."""
    lines = [f"# Apply file for {told['vis']}"]
    for application in told["applications"]:
        arguments = ", ".join(f"{name}={_bare(name, application[name])}" for name in APPLYCAL_ORDER)
        lines.append(f"applycal({arguments})")
    return "\n".join(lines) + "\n"


def _bare(name: str, value: object) -> str:
    """A list of one element is written as the element alone."""
    return repr(value[0]) if isinstance(value, list) and len(value) == 1 else repr(value)


def write_auxiliary(tree: Tree, simulated: Simulated) -> list[Path]:
    aux = simulated.work / "auxproducts"
    aux.mkdir(exist_ok=True)
    texts = {
        "flux.csv": flux_csv(tree),
        "antennapos.csv": antenna_positions(simulated),
        "cont.dat": cont_dat(tree, simulated.science["continuum_ranges_hz"]),
    }
    for block in tree.preset.observation.blocks:
        texts[f"{block.name}.flagtemplate.txt"] = flag_template(block)
        texts[f"{block.name}.flagtsystemplate.txt"] = TEMPLATE_HEADER
        texts[f"{block.name}.flagtargetstemplate.txt"] = TEMPLATE_HEADER
    for name, text in texts.items():
        (aux / name).write_text(text)
    return [aux / name for name in texts]


def flag_template(block: Block) -> str:
    commands = [
        f"mode='manual' antenna='{flag.antenna}' scan='{flag.scan}' reason='{flag.reason}'"
        for flag in block.manual_flags
    ]
    return TEMPLATE_HEADER + "\n".join(commands) + "\n"


def flux_csv(tree: Tree) -> str:
    """Flux densities before calibration: the flux calibrator's are known, the others are what a catalogue said."""
    observation = tree.preset.observation
    intents = {observation.bandpass: "BANDPASS,WVR", observation.flux: "AMPLITUDE,WVR", observation.phase: "PHASE,WVR"}
    lines = [FLUX_HEADER]
    for block in observation.blocks:
        for number, calibrator in enumerate(observation.calibrators):
            for spw in block.science:
                ratio = block.windows[spw].centre_hz / observation.reference_hz
                flux = calibrator.flux_jy * ratio**calibrator.spectral_index
                lines.append(
                    f"{block.name}.ms,{number},{spw},{flux:.6f},0.0,0.0,0.0,{calibrator.spectral_index},0.0,0.0,"
                    f"# field={calibrator.name} intents={intents[calibrator]} origin=Source.xml age=N/A queried_at=N/A"
                )
    return "\n".join(lines) + "\n"


def antenna_positions(simulated: Simulated) -> str:
    lines = [ANTENNA_POSITIONS_HEADER]
    for told in simulated.blocks:
        lines += [f"{told['vis']},{antenna},0.0,0.0,0.0,no correction" for antenna in told["antennas"]]
    return "\n".join(lines) + "\n"


def cont_dat(tree: Tree, ranges_hz: dict[str, list[list[float]]]) -> str:
    """Third form of the file (PL2024 on): virtual number and name of the window, LSRK ranges with ten decimals."""
    observation = tree.preset.observation
    parts = [f"Field: {observation.target.name}\n"]
    for number in observation.first.science:
        name = observation.first.windows[number].name
        lines = [f"{low / 1e9:.10f}~{high / 1e9:.10f}GHz LSRK" for low, high in ranges_hz[name]]
        parts.append(f"SpectralWindow: {number} {name}\n" + "\n".join(lines or ["NONE"]) + "\n")
    return "\n".join(parts) + "\n"
