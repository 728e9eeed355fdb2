"""Rows of the index from deliveries: one for each source and science window, unless ObsCore has the source."""

import io

import pytest
from django.core.management import call_command

from archive import delivered_rows, index_codes
from archive.models import GroupOUS, MemberOUS, Observation, Source, Tally
from products.ingest import ingest_delivery
from tests import deliveries, make, observations

pytestmark = pytest.mark.django_db(transaction=True)
MOUS = deliveries.archive_form(deliveries.MOUS)
GHZ = 1e9


@pytest.fixture
def package(tmp_path):
    return deliveries.write(tmp_path)


def delivered():
    return Observation.objects.filter(origin=Observation.Origin.DELIVERY)


def row(name="HL Tau", spw=2):
    return delivered().get(name__name=name, spw=spw)


def test_each_source_has_a_row_for_each_science_window(package):
    ingest_delivery(package)

    found = delivered().values_list("name__name", "name__key", "spw", "science", "mous__uid")
    assert set(found) == {
        ("HL Tau", "hltau", 2, True, MOUS),
        ("HL Tau", "hltau", 3, True, MOUS),
        ("J0510+1800", "j0510+1800", 2, False, MOUS),
        ("J0510+1800", "j0510+1800", 3, False, MOUS),
    }


def test_a_row_says_what_the_raw_data_say(package):
    """128 channels of 1 MHz down from 230 GHz; two blocks twenty days apart, each of one hour."""
    ingest_delivery(package)

    one = row()
    assert (one.low_hz, one.high_hz) == (229.8725 * GHZ, 230.0005 * GHZ)
    assert (one.channels, one.channel_width_hz, one.bands) == (128, 1e6, 1 << 6)
    assert (one.t_min_mjd, one.t_max_mjd) == pytest.approx((60416.666667, 60436.708333), abs=1e-6)
    assert index_codes.words(one.intents, index_codes.INTENTS) == ["TARGET"]
    assert (one.array, one.calibration, one.calib_level) == (1, 1, 2)
    assert (one.exposure_s, one.block_id, one.setup_id) == (None, None, None)
    assert one.project.code == deliveries.PROJECT
    assert one.code_order == one.project.code_order != 0


def test_the_footprint_is_the_primary_beam_at_the_frequency_of_the_window(package):
    """1.13 lambda / 12 m at 229.94 GHz is 25.3 arcsec across (ALMA's s_fov)."""
    ingest_delivery(package)

    one = row()
    assert one.fov_deg * 3600 == pytest.approx(25.33, abs=0.01)
    assert (one.ra_deg, one.dec_deg) == pytest.approx((68.754935, 17.188734), abs=1e-6)
    assert (one.footprint_id, one.mosaic) == (None, False)
    assert one.size_class == 0


def test_the_beam_of_the_compact_array_is_wider():
    mous = make.mous(array="7m")
    make.source(mous)
    make.spws(make.eb(mous))

    delivered_rows.refresh(mous)

    fields = delivered().values_list("fov_deg", flat=True).order_by("low_hz")
    assert [3600 * field for field in fields] == pytest.approx([43.30, 42.94], abs=0.02)


def test_the_footprint_of_a_mosaic_is_a_circle_around_each_field():
    mous = make.mous()
    make.source(mous, pointings=[[359.99, 10.0], [0.01, 10.0]])
    make.spw(make.eb(mous))

    delivered_rows.refresh(mous)

    one = delivered().get()
    assert one.mosaic
    assert one.footprint.region.startswith("Union ICRS ( Circle 359.990000 10.000000 0.003")
    assert one.footprint.region.count("Circle") == 2
    assert one.ra_deg % 360 == pytest.approx(0, abs=1e-6)
    assert one.fov_deg / 2 == pytest.approx(0.00985 + 0.00351, abs=2e-4)  # half the way between them, and the beam


def test_the_fields_of_a_mosaic_are_read_from_the_raw_data(package, tmp_path):
    fields = {"raw/" + f"{deliveries.FIRST}.asdm.sdm/Field.xml": deliveries._table(
        "Field",
        {"fieldName": '"HL Tau"', "referenceDir": "2 1 2 1.2 0.3", "phaseDir": "2 1 2 1.2 0.3"},
        {"fieldName": '"HL Tau"', "referenceDir": "2 1 2 1.2001 0.3", "phaseDir": "2 1 2 1.2001 0.3"},
        {"fieldName": '"HL Tau"', "referenceDir": "2 1 2 0 0", "directionCode": "AZELGEO"},
    )}  # fmt: skip
    raw = deliveries.tar(tmp_path / deliveries.raw_tar(deliveries.FIRST), deliveries.raw(deliveries.FIRST) | fields)
    ingest_delivery([*package[:3], raw])

    source = Source.objects.get(name="HL Tau")
    assert source.pointings == [[68.754935, 17.188734], [68.760665, 17.188734]]
    assert set(delivered().filter(name__name="HL Tau").values_list("mosaic", flat=True)) == {True}


def test_windows_whose_first_block_is_not_here_yet_have_no_id(package):
    ingest_delivery([path for path in package if path.name != deliveries.raw_tar(deliveries.FIRST)])
    assert set(delivered().values_list("spw", flat=True)) == {None}
    assert delivered().count() == 4

    ingest_delivery(package)

    assert sorted(delivered().values_list("spw", flat=True)) == [2, 2, 3, 3]


def test_blocks_that_were_not_used_count_for_nothing():
    mous = make.mous()
    make.source(mous)
    make.spws(make.eb(mous, used=False))

    delivered_rows.refresh(mous)

    assert not delivered().exists()


def test_twice_changes_nothing(package):
    ingest_delivery(package)
    before = sorted(delivered().values_list("pk", "fingerprint"))

    ingest_delivery(package)

    assert sorted(delivered().values_list("pk", "fingerprint")) == before
    assert not delivered_rows.refresh(MemberOUS.objects.get())


def obscore_comes():
    """Rows of the target alone, in another spelling; the MOUS is announced where nobody has delivered it."""
    group = deliveries.archive_form(deliveries.GOUS)
    gous, _ = GroupOUS.objects.get_or_create(uid=group, defaults={"project": make.project(deliveries.PROJECT)})
    mous, _ = MemberOUS.objects.get_or_create(uid=MOUS, defaults={"gous": gous})
    if not mous.announced_blocks.exists():
        observations.observation(mous, "HL_Tau", at=(67.91, 18.23), spw=2, block="uid://A002/X110fd13/X59fd")
    delivered_rows.refresh_covered([mous.pk])


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("first", ["ObsCore", "delivery"])
def test_of_a_source_that_obscore_has_there_is_no_delivered_row_whichever_came_first(package, first, again):
    steps = [obscore_comes, lambda: ingest_delivery(package)][:: 1 if first == "ObsCore" else -1]
    for step in steps * (2 if again else 1):
        step()

    rows = Observation.objects.values_list("name__name", "origin", "spw")
    assert set(rows) == {("HL_Tau", 0, 2), ("J0510+1800", 1, 2), ("J0510+1800", 1, 3)}
    assert list(Tally.objects.values_list("mous__uid", "bands", "rows")) == [(MOUS, 1 << 6, 3)]


def test_a_window_that_is_corrected_is_corrected_in_the_index():
    mous = make.mous()
    make.source(mous)
    spw = make.spw(make.eb(mous))
    delivered_rows.refresh(mous)

    spw.high_hz += 1e9
    spw.save()

    assert delivered_rows.refresh(mous)
    assert delivered().get().high_hz == make.SPWS[0][2] + 1e9


def test_a_source_without_a_position_is_indexed_all_the_same():
    mous = make.mous()
    make.source(mous, ra_deg=None, dec_deg=None)
    make.spw(make.eb(mous))

    delivered_rows.refresh(mous)

    assert delivered().values_list("ra_deg", "hpx", "size_class").get() == (None, None, -1)


def test_what_was_ingested_before_there_was_an_index_is_filled_in_by_a_command():
    mous = make.mous()
    make.source(mous)
    make.spws(make.eb(mous))

    told = io.StringIO()
    call_command("index_delivered", stdout=told)
    call_command("index_delivered", stdout=told)

    assert delivered().count() == 2
    assert told.getvalue().splitlines()[1:] == [
        "1 MOUSs changed, 0 were as they should be.", "0 MOUSs changed, 1 were as they should be."
    ]  # fmt: skip


def test_rows_of_a_recalled_mous_are_not_public(package):
    ingest_delivery(package)
    MemberOUS.objects.update(release_at=make.LONG_AGO, recalled_at=make.NOW, recall_reason="of another project")
    Observation.objects.all().delete()

    call_command("index_delivered", stdout=io.StringIO())

    assert set(delivered().values_list("release_at", flat=True)) == {make.NEVER}
