"""CASA and pipeline versions (FACTS 4.1)."""

import pytest

from archive import versions


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("6.6.1-17", (6, 6, 1, 17)),
        ("6.6.1.17", (6, 6, 1, 17)),
        ("CASA 5.1.1-5 (r40896)", (5, 1, 1, 5)),
        ("2024.1.0.8", (2024, 1, 0, 8)),
        ("Undefined", None),
        ("40896", None),
        (None, None),
    ],
)
def test_a_version_is_read_as_numbers(text, numbers):
    assert versions.parse(text) == numbers


def test_versions_compare_as_numbers_and_not_as_text():
    assert versions.parse("6.5.2") < versions.parse("6.11.4")
