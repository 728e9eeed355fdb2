"""Where things lie in an ALMA delivery and what they are called there.

The tree and the names follow "ALMA QA2 Data Products for Cycle 12", sections 3 and 5.3.
"""

from dataclasses import dataclass
from pathlib import Path

from .presets import Preset

RECIPE = "hifa_calimage"


def file_form(uid: str) -> str:
    return uid.replace(":", "_").replace("/", "_")


@dataclass(frozen=True)
class Tree:
    """The delivery of one MOUS, growing under `root` before it is packed."""

    root: Path
    preset: Preset

    @property
    def code(self) -> str:
        return self.preset.observation.project_code

    @property
    def mous(self) -> str:
        return file_form(self.preset.observation.mous_uid)

    @property
    def member(self) -> str:
        """The path that every tar of the MOUS repeats."""
        goal, group = file_form(self.preset.science_goal_uid), file_form(self.preset.group_uid)
        return f"{self.code}/science_goal.{goal}/group.{group}/member.{self.mous}"

    def place(self, directory: str, name: str) -> Path:
        """The path of a file of the member, its directory made."""
        path = self.root / self.member / directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, directory: str, name: str, text: str) -> Path:
        path = self.place(directory, name)
        path.write_text(text)
        return path

    def named(self, suffix: str) -> str:
        return f"member.{self.mous}.{suffix}"

    def from_recipe(self, suffix: str) -> str:
        return f"member.{self.mous}.{RECIPE}.{suffix}"

    def caltables(self, session: str) -> str:
        return self.named(f"{session}.caltables.tgz")
