"""Each criterion, on a few rows that differ in what it asks for."""

from datetime import timedelta

import pytest

from archive import index_codes
from archive.models import NEVER
from archive.search import verbs
from archive.search.refusals import UnknownCodeError, UnknownUidError
from tests import make, observations
from tests.archive.search.asking import page, read, reader, targets

pytestmark = pytest.mark.django_db
OTHER = "2019.A.00001.S"


@pytest.fixture
def mous():
    """One MOUS with two targets, and another of another project with a third."""
    first, second = make.mous(), make.mous("uid://A001/X1/X2", code=OTHER, array="7m", qa2_state="FAIL")
    observations.observation(first, "NGC1052")
    observations.observation(first, "TW Hya", at=(165.4663, -34.7047), **_higher())
    observations.observation(second, "J2136+0041", at=(324.16, 0.69), spw=17)
    return first


def _higher():
    """In band 7, with finer beams and channels, full polarisation, some years earlier."""
    return {
        "low_hz": 345.0e9, "high_hz": 346.9e9, "bands": index_codes.band_bits([7]), "channel_width_hz": 122e3,
        "velocity_resolution_ms": 106.0, "resolution_arcsec": 0.05, "sensitivity_10kms_mjy": 1.0,
        "continuum_sensitivity_mjy": 0.02, "t_min_mjd": 57000.1, "t_max_mjd": 57003.2, "calibration": 1,
        "polarisations": index_codes.bits(["XX", "YY", "XY", "YX"], index_codes.POLARISATIONS),
        "intents": index_codes.bits(["PHASE"], index_codes.INTENTS),
    }  # fmt: skip


DELIVERY = "2011.0.00340.S_2012-12-05"
NGC, TW, J = "NGC1052", "TW Hya", "J2136+0041"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"project": make.CODE}, {NGC, TW}),
        ({"project": "2023.1.00101.s"}, {NGC, TW}),
        ({"project": "2019"}, {J}),
        ({"project": "2019.A*"}, {J}),
        ({"project": "*.00001.*"}, {J}),
        ({"project": "2023*,2019.A.00001.S"}, {NGC, TW, J}),
        ({"project": "!2023*"}, {J}),
        ({"project": f"2*,!{OTHER}"}, {NGC, TW}),
        ({"project": "2018*"}, set()),
        ({"target": "ngc 1052"}, {NGC}),
        ({"target": "tw_hya"}, {TW}),
        ({"target": "J2136p0041"}, {J}),
        ({"target": "J2136-0041"}, set()),
        ({"target": "tw*"}, {TW}),
        ({"target": "*hya, NGC 1052"}, {TW, NGC}),
        ({"target": "J2136+*"}, {J}),
        ({"target": "J2136-*"}, set()),
        ({"target": "*+0041"}, {J}),
        ({"target": "*\N{MINUS SIGN}0041"}, set()),
        ({"target": "ngc-*"}, {NGC}),
        ({"target": "!J2136-*"}, {NGC, TW, J}),
        ({"target": "!TWHya"}, {NGC, J}),
        ({"similar": "NGC 1053"}, {NGC}),
        ({"band": "6"}, {NGC, J}),
        ({"band": "!6"}, {TW}),
        ({"frequency": "230.5..231GHz"}, {NGC, J}),
        ({"frequency": "340GHz.."}, {TW}),
        ({"line": "CO 2-1"}, {NGC, J}),
        ({"line": "CO 3-2"}, {TW}),
        ({"line": "CO 3-2", "velocity": "1000km/s"}, set()),
        ({"line": "CO 3-2", "velocity": "299792.458km/s", "band": "6,7", "sort": "-observed"}, set()),
        ({"rest": "691.4730763GHz", "redshift": "1.0"}, {TW}),
        ({"array": "7m"}, {J}),
        ({"array": "!7m"}, {NGC, TW}),
        ({"qa2": "PASS,unknown"}, {NGC, TW}),
        ({"calibration": "pipeline"}, {TW}),
        ({"calibration": "!pipeline"}, {NGC, J}),
        ({"intent": "phase"}, {TW}),
        ({"polarisation": "full"}, {TW}),
        ({"polarisation": "dual"}, {NGC, TW, J}),
        ({"polarisation": "XY"}, {TW}),
        ({"polarisation": "single"}, set()),
        ({"spectral_resolution": "..200kHz"}, {TW}),
        ({"spectral_resolution": "1km/s.."}, {NGC, J}),
        ({"resolution": "..100mas"}, {TW}),
        ({"sensitivity": "2..5mJy/beam"}, {NGC, J}),
        ({"continuum_sensitivity": "..50uJy/beam"}, {TW}),
        ({"observed": "2014"}, {TW}),
        ({"observed": "57002..57002"}, {TW}),
        ({"observed": "57004..60000"}, set()),
        ({"position": "02:41:04.8 -08:15:21", "radius": "5arcsec"}, {NGC}),
        ({"q": "TWHya"}, {TW}),
        ({"q": "2023.1.00101.S", "band": "7"}, {TW}),
    ],
)
def test_a_criterion_finds_the_rows_it_is_about_and_no_others(mous, given, found):
    assert set(targets(**given)) == found


@pytest.mark.parametrize("spelling", ["uid://A001/X3621/X541", "uid___A001_X3621_X541", "A001_X3621_X541"])
def test_a_uid_finds_its_rows_in_any_spelling(mous, spelling):
    assert set(targets(uid=spelling)) == {NGC, TW}


@pytest.mark.parametrize("given", [{"uid": DELIVERY}, {"uid": DELIVERY.lower()}, {"q": DELIVERY}])
def test_a_delivery_of_cycle_0_finds_the_rows_of_its_mous_also_when_this_has_a_uid(mous, given):
    observations.observation(make.mous("uid://A002/X4/X5", delivery_id=DELIVERY, code="2011.0.00340.S"), "M83")

    assert targets(**given) == ["M83"]


def test_a_group_finds_its_own_rows_and_those_of_its_members(mous):
    observations.observation(target="Combined", gous=mous.gous)

    assert set(targets(uid=mous.gous.uid)) == {NGC, TW, "Combined"}


def test_a_block_finds_its_rows_and_those_of_its_mous_that_name_no_block(mous):
    observations.observation(mous, "M83", block="uid://A002/X1/X2")
    observations.observation(mous, "M51", block="uid://A002/X1/X3")

    assert set(targets(uid="A002_X1_X2")) == {NGC, TW, "M83"}


@pytest.mark.parametrize(
    ("text", "near"), [("2023.1.00101", make.CODE), ("2023.1.00101.L", make.CODE), ("2019.a.00001.t", OTHER)]
)
def test_a_wrong_or_missing_suffix_is_answered_with_the_codes_there_are(mous, text, near):
    with pytest.raises(UnknownCodeError) as refusal:
        page(project=text)
    assert refusal.value.remedy == f"Did you mean {near}?"


@pytest.mark.parametrize("uid", ["uid://A001/X9/X9", DELIVERY])
def test_what_names_nothing_is_refused(mous, uid):
    with pytest.raises(UnknownCodeError, match=r"no project 2018.1.00001.S"):
        page(project="2018.1.00001.S")
    with pytest.raises(UnknownUidError, match="names nothing in the index"):
        page(uid=uid)


@pytest.mark.parametrize("ask", [verbs.count, verbs.facets], ids=["number", "facets"])
def test_a_code_that_names_nothing_is_refused_for_whatever_is_asked(mous, ask):
    with pytest.raises(UnknownCodeError):
        ask(read(project="2018.1.00001.S"), reader())


def test_a_known_project_with_no_row_that_fits_is_no_unknown_code(mous):
    assert page(project=make.CODE, band="10").rows == []


def test_a_name_with_its_beginning_and_end_known_or_its_beginning_alone(mous):
    for text in ("ngc*", "NGC 10*", "n*1052", "*1052"):
        assert targets(target=text) == [NGC], text
    assert NGC not in targets(target="!ngc*")


def test_a_principal_investigator_is_found_by_parts_of_the_name_or_by_account(mous):
    project = mous.project
    project.pi, project.pi_name, project.pi_key = make.account(make.user("jkoda")), "Núñez, Jin", "nunez, jin"
    project.save()

    for text in ("núñez", "Jin Nunez", "jkoda"):
        assert set(targets(pi=text)) == {NGC, TW}
    assert targets(pi="!nunez") == [J]
    assert targets(pi="nobody") == []


def test_keyword_and_category_are_parts_of_the_projects_own(mous):
    project = mous.project
    project.science_keywords, project.scientific_category = "Starbursts, Gas_content", "Local Universe"
    project.save()

    assert set(targets(keyword="gas_", category="local")) == {NGC, TW}
    assert targets(keyword="gasX") == targets(keyword="starbursts", category="Cosmology") == []
    assert targets(keyword="!Starbursts") == [J]


def test_scopes_are_what_is_released_what_is_mine_and_all(mous):
    pi = make.user("pi")
    open_mous = make.mous("uid://A001/X5/X6", code="2015.1.00001.S", release_at=make.LONG_AGO)
    observations.observation(open_mous, "M83")
    make.project(pi=pi)

    assert targets(scope="public") == targets(pi, scope="public") == ["M83"]
    assert set(targets(pi, scope="mine")) == {NGC, TW}
    assert set(targets(scope="all")) == {NGC, TW, J, "M83"}
    with pytest.raises(Exception, match="scope: what is yours") as refusal:
        targets(scope="mine")
    assert refusal.value.status == 401


def test_days_of_release_are_a_criterion_of_their_own(mous):
    soon = make.mous("uid://A001/X5/X6", code="2015.1.00001.S", release_at=make.NOW + timedelta(days=3))
    observations.observation(soon, "M83")

    assert targets(released="2024-06-04") == ["M83"]
    assert targets(released="..2024-06-03") == []
    assert targets(released="2024-06-04..2999") == ["M83"]
    assert targets(released="2024-06-04..") == targets(released="2024-06-04..3500") == ["M83"]


def test_what_has_no_known_day_of_release_is_released_on_none(mous):
    never = make.mous("uid://A001/X5/X6", code="2015.1.00001.S", release_at=NEVER)
    observations.observation(never, "M83")

    assert "M83" in targets(scope="all")
    assert "M83" not in targets(released="1990..") + targets(released="2030..") + targets(released="..3500")


def test_the_lock_is_that_of_the_download(mous):
    pi = make.user("pi")
    make.project(pi=pi)
    observations.observation(target="Combined", gous=mous.gous)

    locks = {row["target_name"]: row["readable"] for row in page(pi, sort="project").rows}

    assert locks == {NGC: True, TW: True, "Combined": True, J: False}
    assert not any(row["readable"] for row in page().rows)
