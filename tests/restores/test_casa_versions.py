import pytest

from restores import casa_versions
from tests import make

INSTALLED = ["5.1.1.5", "6.5.2.26", "6.6.5.31", "6.7.0.31", "6.11.4.2"]


@pytest.mark.parametrize(
    ("delivered", "chosen"),
    [
        ("6.7.0.31", "6.7.0.31"),  # exact
        ("6.7.0-31", "6.7.0.31"),  # the spelling of the tarball
        ("6.6.1-17", "6.6.5.31"),  # the lowest that is later
        ("6.5.4-9", "6.6.5.31"),  # never 6.5.2, which is older
        ("6.7.1.2", "6.11.4.2"),  # numbers, not text: '6.11' < '6.7' as text
        ("6.12.0.1", None),  # never an older one
        ("5.1.1-5", "5.1.1.5"),
        ("5.1.1", "5.1.1.5"),  # Cycle 5 wants the build of operations
        ("5.4.0-70", "6.5.2.26"),
        ("", None),
        ("Undefined", None),
    ],
)
def test_the_runtime_for_a_delivery(delivered, chosen):
    assert casa_versions.choose(delivered, INSTALLED) == chosen


def test_a_delivery_of_cycle_5_is_not_given_a_later_casa():
    assert casa_versions.choose("5.1.1-5", ["6.7.0.31"]) is None


def test_two_spellings_of_a_version_are_one():
    assert casa_versions.normalise("6.6.1-17") == casa_versions.normalise("6.6.1.17") == "6.6.1.17"


@pytest.mark.parametrize(
    ("version", "can"),
    [("5.1.1", True), ("5.1.1-5", True), ("5.1.0-74", False), ("4.7.2", False), ("6.11.4", True), ("", False)],
)
def test_restores_begin_with_casa_5_1_1(version, can):
    assert casa_versions.can_restore(version) is can


def test_runtimes_are_the_directories_that_hold_an_interpreter_oldest_first(settings, tmp_path):
    make.runtimes(settings, tmp_path, "6.11.4.2", "6.7.0.31")
    (settings.CASA_DIR / "6.8.0.1").mkdir()
    (settings.CASA_DIR / "notes").mkdir()

    assert casa_versions.installed() == ["6.7.0.31", "6.11.4.2"]
