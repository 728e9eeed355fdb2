"""The completeness matrix in the pipeline's own words, for who may have the data."""

import pytest
from django.contrib.auth.models import AnonymousUser

from archive.models import MemberOUS
from products import completeness
from products.ingest import ingest_delivery
from tests import deliveries, make
from tests.archive.readers import test_size_check as said
from tests.products.test_completeness import image

pytestmark = pytest.mark.django_db
LIMITS = {"maxcubesize": 40.0, "maxcubelimit": 60.0, "maxproductsize": 500.0}


@pytest.fixture
def mous():
    """Released, delivered whole: one target, and of windows 25 and 27 a cube of the first."""
    made = make.restorable_mous(release_at=make.LONG_AGO)
    image(made, (25,), "cube")
    return made


def says(mous, words, *, limits=LIMITS, made=None):
    calibration = mous.calibration
    calibration.size_check = {"words": words, "limits": limits, "made": made}
    calibration.save()


def cell(mous, spw=27, kind="cube", *, source="NGC1052", reader=None):
    cells = completeness.of(mous, reader or AnonymousUser(), make.NOW)
    return next(
        one
        for one in cells
        if one.source == source and (one.wanted.spw, one.wanted.type, one.wanted.calibration) == (spw, kind, "regcal")
    )


def test_a_window_that_was_left_out_says_so_in_the_pipelines_words_with_its_limits(mous):
    says(mous, "Size had to be mitigated (nbins,spw) - large cube limit exceeded")

    dropped = cell(mous)

    assert (dropped.state, dropped.cube_lacks) == ("mitigated", True)
    assert "“Size had to be mitigated (nbins,spw) - large cube limit exceeded”" in dropped.why
    assert "60 GB for a cube and 500 GB for all products together" in dropped.why


def test_early_pipelines_do_not_say_what_they_changed(mous):
    says(mous, "Size had to be mitigated")

    assert cell(mous).state == "mitigated"
    assert cell(mous, 25).state == "present"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("No size mitigation needed", "not left out for its size"),
        ("Size had to be mitigated (hm_cell)", "leaves out none of the windows"),
    ],
)
def test_what_was_not_left_out_for_its_size_is_missing(mous, words, why):
    says(mous, words)

    lacking = cell(mous)

    assert (lacking.state, lacking.cube_lacks) == ("missing", True)
    assert why in lacking.why


def test_a_target_is_left_out_where_the_pipeline_names_fields(mous):
    make.source(mous, "NGC253")
    says(mous, "Size had to be mitigated (field)")

    assert cell(mous, 25, source="NGC253").state == "mitigated"
    assert cell(mous, 27).state == "missing"


def test_what_cannot_be_mitigated_was_left_out(mous):
    says(mous, "Maximum cube size cannot be mitigated. Remaining factor: 1.2000.")

    assert cell(mous).state == "mitigated"


@pytest.mark.parametrize(
    ("named", "why"), [("hm_cell", "pixels are larger"), ("hm_imsize", "field of view is smaller")]
)
def test_an_image_with_larger_pixels_or_a_smaller_field_is_mitigated(mous, named, why):
    says(mous, f"Size had to be mitigated (nbins,{named})")

    held = cell(mous, 25)

    assert (held.state, held.cube_lacks) == ("mitigated", True)
    assert why in held.why
    assert f"(nbins,{named})" in held.why


def test_a_mosaic_keeps_its_field_of_view(mous):
    mous.sources.filter(name="NGC1052").update(pointings=[[40.27, -8.25], [40.28, -8.25]])
    says(mous, "Size had to be mitigated (hm_imsize)")

    assert cell(mous, 25).state == "present"


def test_an_image_that_somebody_made_is_not_what_the_pipeline_made_smaller(mous):
    image(mous, (27,), "cube", manual=True)
    says(mous, "Size had to be mitigated (hm_cell)")

    assert cell(mous, 27).state == "present"


def test_wider_channels_are_told_in_the_pipelines_words_too(mous):
    width = mous.ebs.first().spws.first().channel_width_hz
    mous.products.filter(spws=[25]).update(header={"spectral": {"unit": "Hz", "width": 2 * width}})
    says(mous, "Size had to be mitigated (nbins)")

    assert "channels are wider" in cell(mous, 25).why
    assert "(nbins)" in cell(mous, 25).why


def test_what_tclean_was_called_for_was_made_and_is_missing(mous):
    says(
        mous,
        "Size had to be mitigated (spw)",
        made=[["NGC1052", 25, "cube", "regcal"], ["NGC1052", 27, "cube", "regcal"]],
    )

    assert cell(mous).state == "missing"
    assert "tclean call" in cell(mous).why


def test_without_words_the_log_shows_that_it_was_not_made(mous):
    says(mous, "", made=[["NGC1052", 25, "cube", "regcal"]])

    assert cell(mous).state == "mitigated"
    assert "has no tclean call for it" in cell(mous).why
    assert "60 GB for a cube" in cell(mous).why


def test_who_may_not_have_the_data_is_not_told_the_words(mous):
    says(mous, "Size had to be mitigated (spw,hm_cell)", made=[["NGC1052", 27, "cube", "regcal"]])
    mous.release_at = make.NEVER
    mous.save()

    told = " ".join(one.why for one in completeness.of(mous, AnonymousUser(), make.NOW))

    assert "The pipeline says" not in told
    assert "GB" not in told
    assert "tclean" not in told
    assert (cell(mous).state, cell(mous, 25).state) == ("mitigated", "present")


@pytest.mark.django_db(transaction=True)
def test_a_delivery_keeps_the_words_and_one_without_them_leaves_them(tmp_path):
    member = f"member.{deliveries.MOUS}.hifa_calimage"
    report = {f"qa/{member}.pipeline_aquareport.xml": said.report(said.stage(25, said.MITIGATED))}
    for number, more in enumerate((report, {})):
        place = tmp_path / str(number)
        place.mkdir()
        ingest_delivery([deliveries.tar(place / deliveries.AUXILIARY_TAR, deliveries.auxiliary() | more)])

        (kept,) = the_mous().calibrations.all()
        assert kept.size_check == {"words": said.MITIGATED, "limits": {}, "made": None}


def the_mous():
    return MemberOUS.objects.get(uid=deliveries.archive_form(deliveries.MOUS))
