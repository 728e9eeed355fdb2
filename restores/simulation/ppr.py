"""The pipeline processing request: what the observatory asked the pipeline to do with the MOUS.

Sessions are numbered without a gap because the pipeline stops reading at the first missing one: a session number
below the first one used is there and empty.
"""

from xml.etree import ElementTree
from xml.etree.ElementTree import SubElement

from .tree import RECIPE, Tree, file_form

NAMESPACE = "Alma/pipelinescience/SciPipeRequest"
STAGES = (
    ("hifa_importdata", {"dbservice": "False"}),
    ("hifa_flagdata", {}),
    ("hifa_fluxcalflag", {}),
    ("hif_refant", {}),
    ("hif_setmodels", {}),
    ("hifa_bandpassflag", {}),
    ("hifa_bandpass", {}),
    ("hifa_gfluxscale", {}),
    ("hifa_timegaincal", {}),
    ("hif_applycal", {}),
    ("hif_makeimlist", {"intent": "PHASE,BANDPASS"}),
    ("hif_makeimages", {}),
    ("hif_mstransform", {}),
    ("hif_findcont", {}),
    ("hif_uvcontsub", {}),
    ("hif_makeimlist", {"specmode": "mfs"}),
    ("hif_makeimages", {}),
    ("hif_makeimlist", {"specmode": "cont"}),
    ("hif_makeimages", {}),
    ("hif_makeimlist", {"specmode": "cube"}),
    ("hif_makeimages", {}),
    ("hifa_exportdata", {}),
)


def request(tree: Tree) -> str:
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(_tag("SciPipeRequest"))
    entity = {"entityId": "UID_UNASSIGNED", "entityTypeName": "SciPipeRequest", "datamodelVersion": "0.1"}
    SubElement(root, _tag("SciPipeRequestEntity"), entity)
    _add_summary(root, tree)
    _add_structure(root, tree)
    processing = _add(_add(root, "ProcessingRequests"), "ProcessingRequest")
    _add_intents(_add(processing, "ProcessingIntents"), tree)
    _add_procedure(_add(processing, "ProcessingProcedure"))
    _add_blocks(_add(_add(processing, "DataSet"), "SchedBlockSet"), tree)
    results = _add(root, "ResultsProcessing")
    for name in ("ArchiveResults", "CleanUpDisk", "UpdateProjectLifeCycle", "NotifyOperatorWhenDone"):
        _add(results, name, "false")
    _add(results, "PipelineOperatorAdress", "Unknown")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = SubElement(parent, _tag(name))
    child.text = text
    return child


def _add_summary(root: ElementTree.Element, tree: Tree) -> None:
    summary = _add(root, "ProjectSummary")
    lines = {
        "ProposalCode": tree.code,
        "Observatory": "ALMA Joint Observatory",
        "Telescope": "ALMA",
        "ProcessingSite": "Undefined",
        "Operator": "Anonymous",
        "Mode": "SCIENCE",
        "Version": "Undefined",
        "CreationTime": tree.preset.delivered_at.removesuffix("Z") + ".000",
    }
    for name, text in lines.items():
        _add(summary, name, text)


def _add_structure(root: ElementTree.Element, tree: Tree) -> None:
    """The uid of the MOUS is the entityId of OUSStatusRef."""
    structure = _add(root, "ProjectStructure")
    observation = tree.preset.observation
    project = {"entityId": observation.project_uid, "partId": "X00000000", "entityTypeName": "ObsProject"}
    SubElement(structure, _tag("ObsUnitSetRef"), project)
    _add(structure, "ObsUnitSetTitle", tree.preset.title)
    _add(structure, "ObsUnitSetType", "Member")
    SubElement(
        structure,
        _tag("ProjectStatusRef"),
        {"entityId": _next_uid(observation.project_uid), "entityTypeName": "ProjectStatus"},
    )
    SubElement(structure, _tag("OUSStatusRef"), {"entityId": observation.mous_uid, "entityTypeName": "OUSStatus"})


def _next_uid(uid: str) -> str:
    stem, last = uid.rsplit("/X", 1)
    return f"{stem}/X{int(last, 16) + 1:x}"


def sessions(tree: Tree) -> dict[str, str]:
    """`SESSION_n`: uids of its execution blocks joined by ` | `, from 1 to the last one used."""
    used: dict[int, list[str]] = {}
    for block in tree.preset.observation.blocks:
        used.setdefault(int(block.session.removeprefix("session_")), []).append(block.uid)
    return {f"SESSION_{number}": " | ".join(used.get(number, [])) for number in range(1, max(used) + 1)}


def performance(tree: Tree) -> dict[str, str]:
    preset, target = tree.preset, tree.preset.observation.target
    line = preset.observation.first.windows[-1]
    return {
        "desired_angular_resolution": f"{preset.resolution_arcsec} arcsec",
        "min_angular_resolution": f"{preset.resolution_arcsec * 0.8:.3f} arcsec",
        "max_angular_resolution": f"{preset.resolution_arcsec * 1.2:.3f} arcsec",
        "desired_sensitivity": f"{preset.sensitivity_jy} Jy",
        "desired_dynamic_range": "0.0",
        "representative_source": target.name,
        "representative_spwid": str(len(preset.observation.first.windows) - 1),
        "representative_frequency": f"{target.rest_hz / 1e9:.6f} GHz",
        "representative_bandwidth": f"{line.channel_hz * 2 / 1e6:.6f} MHz",
    }


def _add_intents(intents: ElementTree.Element, tree: Tree) -> None:
    keywords = {"PROCESS": "true", **sessions(tree), "INTERFEROMETRY_STANDARD_OBSERVING_MODE": "Undefined"}
    for keyword, value in {**keywords, **performance(tree)}.items():
        pair = _add(intents, "Intents")
        _add(pair, "Keyword", keyword)
        _add(pair, "Value", value)


def _add_procedure(procedure: ElementTree.Element) -> None:
    _add(procedure, "ProcedureTitle", RECIPE)
    for stage, parameters in STAGES:
        command = _add(procedure, "ProcessingCommand")
        _add(command, "Command", stage)
        chosen = _add(command, "ParameterSet")
        for keyword, value in parameters.items():
            pair = _add(chosen, "Parameter")
            _add(pair, "Keyword", keyword)
            _add(pair, "Value", value)


def _add_blocks(group: ElementTree.Element, tree: Tree) -> None:
    preset = tree.preset
    identifier = _add(group, "SchedBlockIdentifier")
    path = (
        f"{tree.code}_{preset.delivered_at[:10].replace('-', '_')}/SOUS_{file_form(preset.science_goal_uid)}"
        f"/GOUS_{file_form(preset.group_uid)}/MOUS_{tree.mous}"
    )
    _add(identifier, "RelativePath", path)
    SubElement(identifier, _tag("SchedBlockRef"), {"entityId": preset.sb_uid, "entityTypeName": "SchedBlock"})
    status = {"entityId": _next_uid(preset.sb_uid), "entityTypeName": "SBStatus"}
    SubElement(identifier, _tag("SBStatusRef"), status)
    _add(identifier, "SBTitle", preset.sb_name)
    for block in preset.observation.blocks:
        asdm = _add(identifier, "AsdmIdentifier")
        _add(_add(asdm, "AsdmRef"), "ExecBlockId", block.uid)
        _add(asdm, "AsdmDiskName", block.name)
