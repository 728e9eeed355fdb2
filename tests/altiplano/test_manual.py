"""Whoever looks after the archive finds each command of `manage.py` in the manual."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(path for path in ROOT.glob("*/management/commands/*.py") if path.stem != "__init__")
MANUAL = (ROOT / "docs/operating.md").read_text()
README = (ROOT / "README.md").read_text()


def named(command, text):
    """As code: between backticks, or in a line that one can copy."""
    code = re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE) + re.findall(r"`[^`\n]+`", text)
    return any(re.search(rf"\b{command}\b", each) for each in code)


def test_there_are_commands_to_be_named():
    assert {"share", "verify_access_log", "set_quota"} < {path.stem for path in COMMANDS}


@pytest.mark.parametrize("command", [path.stem for path in COMMANDS if path.parts[-4] in {"archive", "restores"}])
def test_every_command_of_staff_and_of_operators_is_in_the_manual(command):
    assert named(command, MANUAL)


@pytest.mark.parametrize("command", [path.stem for path in COMMANDS])
def test_every_command_is_in_the_readme_or_in_the_manual(command):
    assert named(command, README) or named(command, MANUAL)
