"""What the pipeline says of keeping the images of a MOUS small: its task hif_checkproductsize (FACTS 5.4, 6).

Its words are the reason of that stage in the AQUA report, which is there since Cycle 9.  The limits stand in the call,
in casa_pipescript.py and casa_commands.log, and which images were made in the tclean calls of the latter.  All are
texts of others: they are searched, and never run.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from xml.etree.ElementTree import Element

from archive.readers import xml_text

TASK = "hif_checkproductsize"
LIMITS = ("maxcubesize", "maxcubelimit", "maxproductsize")  # GB
LONGEST = 300  # characters of the reason
MOST_IMAGES = 20_000
_CALL = re.compile(rf"\b{TASK}\s*\(([^()\n]{{0,1000}})\)")
_LIMIT = re.compile(rf"\b({'|'.join(LIMITS)})\s*=\s*(\d{{1,9}}(?:\.\d{{0,9}})?)(?![\w.])")
_NAME = re.compile(r"\bimagename\s*=\s*['\"]([^'\"]{1,400})['\"]")
# uid___A001_X1_X2.s36_0.NAME_sci.spw25_27.cube.regcal.I.iter1
_IMAGE = re.compile(r"\.s\d+_\d+\.(.+)_sci\.spw([\d_]+)\.(cube|mfs|cont|repBW)\.(?:(regcal|selfcal)\.)?[A-Z]+\.iter\d+")


@dataclass(frozen=True)
class SizeCheck:
    words: str = ""  # as the pipeline wrote them
    limits: dict[str, float] = field(default_factory=dict)  # GB by the pipeline's names
    made: tuple[tuple[str, int, str, str], ...] | None = None  # source, window, type, calibration; None: not known

    def __bool__(self) -> bool:
        return bool(self.words or self.limits or self.made is not None)


def words(report: Element) -> str:
    """The reason that the last of these stages has in an AQUA report; empty where there is none."""
    stages = xml_text.descend(report, "QaPerStage/Stage")
    reasons = [_reason(stage) for stage in stages if stage.get("Name", "").strip() == TASK]
    return next((reason for reason in reversed(reasons) if reason), "")


def _reason(stage: Element) -> str:
    """That of the score that stands for the stage, or of any other."""
    scores = [*xml_text.children(stage, "RepresentativeScore"), *xml_text.children(stage, "SubScore"), stage]
    found = (" ".join(score.get("Reason", "").split()) for score in scores)
    return next((reason[:LONGEST] for reason in found if reason and reason != "N/A"), "")


def limits(text: str) -> dict[str, float]:
    """Those of the last call in a script or log; a parameter that is not a number is left out."""
    calls = _CALL.findall(text)
    return {name: float(value) for name, value in _LIMIT.findall(calls[-1])} if calls else {}


def made(log: str) -> tuple[tuple[str, int, str, str], ...]:
    """Every target image that tclean was called for, once, in the order of the log, by the names of the stage."""
    calls = (line for line in log.splitlines() if "tclean(" in line)
    names = (found[1] for call in calls if (found := _NAME.search(call)))
    return tuple(islice(dict.fromkeys(_images(names)), MOST_IMAGES))


def _images(names: Iterable[str]) -> Iterable[tuple[str, int, str, str]]:
    for name in names:
        if found := _IMAGE.search(name):
            source, windows, kind, calibration = found.groups()
            yield from ((source, int(one), kind, calibration or "regcal") for one in windows.split("_") if one)
