"""Spellings of target names (FACTS 1.4: `J2136p0041`, and quoted names with an underscore at either end)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.target_names import fold, pattern


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["TW Hya", "TWHya", "tw_hya", "TW-Hya", " Tw  hya ", "_TW_Hya_", '"TW Hya"'], "twhya"),
        (["J2136+0041", "J2136p0041", "J2136 +0041", "j2136_+0041", "J2136\uff0b0041"], "j2136+0041"),
        (["J2136-0041", "J2136m0041", "J2136\u22120041", "J2136\u20130041"], "j2136-0041"),
        (["2MASS J04393364+2359212", "_2MASS_J04393364+2359212_"], "2massj04393364+2359212"),
        (["G0.02467-0.0727", "_G0.02467-0.0727_"], "g0.02467-0.0727"),
        (["J0423.5-0120", "J0423.5m0120"], "j0423.5-0120"),
        (["50 km/s cloud", "50_km_s_cloud", "50kms cloud"], "50kmscloud"),
        (["NGC_3504", "NGC3504", "ngc 3504", "NGC-3504"], "ngc3504"),
        (["Sgr A*", "SgrA_", "sgr_a*"], "sgra"),
        (["β Pic", "beta Pic", "Beta_Pic", "\u0392 Pic"], "betapic"),
        (["Orión KL", "Orion KL", "ORION-KL"], "orionkl"),
    ],
)  # fmt: skip
def test_all_spellings_of_a_name_have_one_key(spellings, key):
    assert {fold(spelling) for spelling in spellings} == {key}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("J2136+0041", "J2136-0041"),
        ("J2136p0041", "J2136m0041"),
        ("G10.3-0.1", "G1.03-0.1"),
        ("G10.3-0.1", "G10.3+0.1"),
        ("NGC 253", "NGC 2530"),
        ("HD 100-546", "HD 100546"),
    ],
)
def test_what_digits_mean_keeps_two_names_apart(one, other):
    assert fold(one) != fold(other)


def test_a_p_or_m_in_a_name_that_is_no_coordinate_is_a_letter():
    assert fold("M83p1") == "m83p1"
    assert fold("50 pm 2") == "50pm2"


@pytest.mark.parametrize("name", ["J2136-0041", "M51-north", "G10.3", "a-b_1"])
def test_every_name_is_like_its_two_halves_with_a_star_between(name):
    for at in range(len(name) + 1):
        like, exact = pattern(f"{name[:at]}*{name[at:]}")

        assert re.fullmatch(like.replace("%", ".*"), fold(name))
        assert re.fullmatch(exact or ".*", fold(name))


@pytest.mark.parametrize(
    ("text", "other"), [("J2136-*", "J2136+0041"), ("*-0041", "J2136+0041"), ("G10.*", "G103"), ("M51-*", "M510")]
)
def test_a_sign_beside_a_star_tells_names_apart(text, other):
    assert not re.fullmatch(pattern(text)[1], fold(other))


def test_a_name_without_letters_and_digits_has_no_key():
    assert fold("* - *") == ""


def test_a_name_of_any_length_is_folded_by_its_beginning():
    assert len(fold("x" * 10**6)) == 256


@given(st.text(max_size=60))
def test_folding_a_key_again_changes_nothing(name):
    assert fold(fold(name)) == fold(name)


@given(st.text(max_size=40))
def test_case_spaces_and_underscores_never_tell_names_apart(name):
    assert fold(name.replace(" ", "_")) == fold(name.replace(" ", ""))
    assert fold(f"  {name}__") == fold(name)


HOURS, MINUTES, DEGREES = st.integers(0, 23), st.integers(0, 59), st.integers(0, 89)


@given(HOURS, MINUTES, st.sampled_from("+-"), DEGREES, MINUTES)
def test_the_sign_of_a_coordinate_may_be_a_letter_in_file_names(hours, minutes, sign, degrees, arcmin):
    name = f"J{hours:02}{minutes:02}{sign}{degrees:02}{arcmin:02}"

    assert fold(name.replace("+", "p").replace("-", "m")) == fold(name) == name.lower()


@given(st.text(alphabet="aAbpPmM019 +-._'\"()*#", max_size=14))
def test_the_short_way_of_plain_letters_gives_the_same_key(name):
    assert fold(name) == fold(f"{name}\u0301")
