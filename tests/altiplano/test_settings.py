"""What the settings must not let happen, and that whoever sets up the archive can find every knob."""

import ast
import logging
import re
from pathlib import Path

from django.utils.log import AdminEmailHandler

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("altiplano", "archive", "products", "restores")
# Nobody sets these, so the README does not name them
INTERNAL = {
    "ALTIPLANO_HOLDS_NO_PIECES": "altiplano/file_server.py tells Django which server it runs in",
    "ALTIPLANO_STACK_TEMPORARY": "the embedded stack tells the processes it starts that it is a passing one",
}
OF_TESTS = {"ALTIPLANO_SHARED_DATA"}


def named_in_code():
    """Every `ALTIPLANO_*` that is a string of its own in a module: that is how each is read."""
    trees = [ast.parse(path.read_text()) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    words = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {word for word in words if isinstance(word, str) and re.fullmatch("ALTIPLANO_[A-Z0-9_]*[A-Z0-9]", word)}


def rows_of_readme():
    section = (ROOT / "README.md").read_text().split("## All variables")[1].split("\n## ")[0]
    firsts = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for first in firsts for name in re.findall("`(ALTIPLANO_[A-Z0-9_]+)`", first)]


def test_no_web_request_is_mailed_to_staff():
    """Django would, as soon as there are ADMINS: headers, cookies, the values of variables."""
    loggers = [logging.getLogger(name) for name in (None, *logging.root.manager.loggerDict)]

    assert not [one for logger in loggers for one in logger.handlers if isinstance(one, AdminEmailHandler)]


def test_every_variable_has_its_row_in_the_readme_and_every_row_its_variable():
    rows = rows_of_readme()

    assert len(rows) == len(set(rows))
    assert named_in_code() - INTERNAL.keys() == set(rows) - OF_TESTS
    assert named_in_code() >= INTERNAL.keys()
