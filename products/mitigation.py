"""What the pipeline itself says of the images of a MOUS that it left out, or made smaller, for the sake of their size.

The words are those of its task hif_checkproductsize, as the package brings them (archive/readers/size_check.py); in
brackets they name what was changed.  They are in a delivered file, so who may not have the data is not told them.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from archive import access
from archive.models import MemberOUS
from archive.sources import source_key

# What the pipeline names, and what it means for every image of a target that it made after that (FACTS 5.4)
CHANGED = {
    "hm_cell": "Its pixels are larger: about three to the beam instead of five.",
    "hm_imsize": "Its field of view is smaller: cut where the primary beam is still stronger than the usual 0.2.",
}
_NAMED = re.compile(r"had to be mitigated\s*\(([^()]*)\)")
_LIMITS = (("maxcubelimit", "a cube"), ("maxproductsize", "all products together"))


@dataclass(frozen=True)
class Mitigation:
    words: str = ""
    limits: dict[str, float] = field(default_factory=dict)  # GB by the pipeline's names
    made: frozenset[tuple[str, int, str, str]] | None = None  # key of a source, window, type, calibration

    @classmethod
    def of(cls, mous: MemberOUS, user: Any, now: Any) -> "Mitigation":
        said = mous.calibration.size_check if mous.calibration and access.may_read(user, mous, now) else {}
        made = said.get("made")
        keys = None if made is None else frozenset((source_key(source), *rest) for source, *rest in made)
        return cls(said.get("words", ""), said.get("limits", {}), keys)

    @property
    def named(self) -> frozenset[str]:
        """What was changed: nbins, hm_imsize, hm_cell, field, spw.  Early pipelines do not say."""
        found = _NAMED.search(self.words)
        return frozenset(name.strip() for name in found[1].split(",")) if found else frozenset()

    @property
    def quoted(self) -> str:
        return f"The pipeline says: “{self.words}”."

    def smaller(self, *, mosaic: bool) -> str:
        """How an image that there is was made smaller; empty: it was not.  A mosaic keeps its field of view."""
        kept = {"hm_imsize"} if mosaic else set()
        told = [CHANGED[name] for name in sorted(self.named - kept) if name in CHANGED]
        return " ".join([*told, self.quoted]) if told else ""

    def left_out(self, what: str, seen: str) -> tuple[bool, str]:
        """Whether an image that is not there was left out for its size, and why; `what` is "spw" or "field"."""
        if not self.words:
            return True, f"{seen} What would make the products too large is left out; {self._evidence()}"
        if "mitigat" not in self.words.lower() or self.words.lower().startswith("no "):
            return False, f"{self.quoted} So it was not left out for its size."
        if self.named and what not in self.named:
            return False, f"{self.quoted} That leaves out none of the {'windows' if what == 'spw' else 'targets'}."
        return True, " ".join(part for part in (seen, self.quoted, self._allowed()) if part)

    def _evidence(self) -> str:
        allowed = f" {self._allowed()}" if self.limits else ""
        if self.made is None:
            return f"no file says so of this one.{allowed}"
        return f"casa_commands.log has no tclean call for it.{allowed}"

    def _allowed(self) -> str:
        told = [f"{self.limits[name]:g} GB for {what}" for name, what in _LIMITS if name in self.limits]
        return f"It allowed {' and '.join(told)}." if told else ""
