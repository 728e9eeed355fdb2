"""The pipeline processing request: which execution blocks were to be processed, in which sessions, by which commands.

The MOUS is the entity of `OUSStatusRef`; the uid in the file's name is that of the SBStatus and of no use.  A request
that has no calibration command only makes images: it does not make a delivery pipeline calibrated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from archive import uids
from archive.readers import xml_text
from archive.readers.xml_text import XmlError, children, descend, text_at

# Ends of the task names that solve for or apply calibration; hifa_, hif_, hifv_ and hsd_ are left to the release.
_CALIBRATES = re.compile(r"h\w*_(bandpass|gfluxscale|timegaincal|applycal|polcal|k2jycal|skycal)")
_PERFORMANCE = (
    "desired_angular_resolution", "min_angular_resolution", "max_angular_resolution", "desired_sensitivity",
    "desired_dynamic_range", "representative_source", "representative_spwid", "representative_frequency",
    "representative_bandwidth", "max_cube_size", "max_product_size",
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    name: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class ProcessingRequest:
    name: str
    project: str | None
    mous: str | None
    title: str | None  # the recipe, as `hifa_calimage`
    commands: tuple[Command, ...]
    blocks: tuple[str, ...]
    sessions: dict[str, str]  # execution block -> "session_1"
    sb_name: str | None  # of the scheduling block: "NGC3504_a_06_TM2"
    performance: dict[str, str]  # what the PI asked for: representative_source, desired_angular_resolution, ...

    @property
    def calibrates(self) -> bool:
        if self.commands:
            return any(_CALIBRATES.fullmatch(command.name) for command in self.commands)
        return "cal" in (self.title or "").lower()


def parse(text: bytes, name: str) -> ProcessingRequest:
    root = xml_text.parse(text, name)
    if xml_text.local(root) != "SciPipeRequest":
        raise XmlError(name, "it is not a processing request (its root is not SciPipeRequest)")
    requests = list(descend(root, "ProcessingRequests/ProcessingRequest"))
    intents = {key: value for request in requests for key, value in _keywords(request, "ProcessingIntents/Intents")}
    blocks = tuple(dict.fromkeys(uid for request in requests for uid in _blocks(request, name)))
    return ProcessingRequest(
        name=name,
        project=text_at(root, "ProjectSummary/ProposalCode") or None,
        mous=_mous(root, name),
        title=next((t for r in requests if (t := text_at(r, "ProcessingProcedure/ProcedureTitle"))), None),
        commands=tuple(command for request in requests for command in _commands(request)),
        blocks=blocks,
        sessions=_sessions(intents, blocks, name),
        sb_name=_sb_name(requests),
        performance={key: value for key, value in intents.items() if key in _PERFORMANCE},
    )


def _mous(root: Element, name: str) -> str | None:
    for path in ("ProjectStructure/OUSStatusRef", "ProjectStructure/AlmaStructure/OUSStatusRef"):
        for reference in descend(root, path):
            return _uid(reference.get("entityId", ""), name)
    return None


def _sb_name(requests: list[Element]) -> str | None:
    """The title of the scheduling block; the pipeline writes `Undefined` where it does not know it."""
    titles = [text_at(request, "DataSet/SchedBlockSet/SchedBlockIdentifier/SBTitle") for request in requests]
    return next((title for title in titles if title and title.lower() != "undefined"), None)


def _keywords(parent: Element, path: str) -> Iterator[tuple[str, str]]:
    for element in descend(parent, path):
        yield text_at(element, "Keyword"), text_at(element, "Value")


def _commands(request: Element) -> Iterator[Command]:
    for element in descend(request, "ProcessingProcedure/ProcessingCommand"):
        yield Command(text_at(element, "Command"), dict(_keywords(element, "ParameterSet/Parameter")))


def _blocks(request: Element, name: str) -> Iterator[str]:
    for block in descend(request, "DataSet/SchedBlockSet/SchedBlockIdentifier"):
        for asdm in children(block, "AsdmIdentifier"):
            yield _uid(text_at(asdm, "AsdmRef/ExecBlockId") or text_at(asdm, "AsdmDiskName"), name)


def _sessions(intents: dict[str, str], blocks: tuple[str, ...], name: str) -> dict[str, str]:
    """Sessions as the pipeline reads them: it stops at the first missing number, but an empty one is only skipped.

    A block that no session names falls to the first.
    """
    sessions = dict.fromkeys(blocks, "session_1")
    number = 1
    while (value := intents.get(f"SESSION_{number}")) is not None:
        for uid in filter(None, (part.strip() for part in value.split("|"))):
            sessions[_uid(uid, name)] = f"session_{number}"
        number += 1
    return sessions


def _uid(text: str, name: str) -> str:
    if not uids.is_uid(text):
        raise XmlError(name, f"{text!r} in it is not an ALMA identifier")
    return uids.canonical(text)
