"""Source names in files and metadata (FACTS 1.4)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.sources import file_name, source_key


@pytest.mark.parametrize(
    ("in_the_data", "in_the_file"),
    [
        ("2MASS J04393364+2359212", "_2MASS_J04393364+2359212_"),
        ('"2MASS J04393364+2359212"', "_2MASS_J04393364+2359212_"),
        ("G0.02467-0.0727", "_G0.02467-0.0727_"),
        ("J2206-0031", "J2206-0031"),
        ("HL Tau", "HL_Tau"),
        ("cdfs_31127", "CDFS_31127"),
        ("Orion BN/KL", "Orion_BN_KL"),
        ("Sgr A*", "Sgr_A_"),
    ],
)
def test_a_source_is_matched_by_its_key_whatever_the_file_made_of_its_name(in_the_data, in_the_file):
    assert source_key(in_the_data) == source_key(in_the_file)


def test_different_sources_keep_different_keys():
    assert source_key("J2136+0041") != source_key("J2136-0041")
    assert source_key("_a") != source_key("a")


@settings(deadline=None)  # other work on the machine is no failure
@given(st.text(max_size=40))
def test_a_name_becomes_safe_one_character_for_one(name):
    safe = file_name(name)

    assert len(safe) == len(name)
    assert safe.isascii()
    assert not set(safe) & set("/\\ \"'\0*?")
