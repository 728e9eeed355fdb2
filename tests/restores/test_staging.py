"""Staging reads the object store alone and believes nothing that it has not summed."""

import time

import pytest

from archive.errors import TransientError
from products.models import Product
from products.store import CorruptObjectError, MissingObjectError, open_store
from restores import orders, staging, submit
from restores.casa.order import read_order
from restores.inputs import DeliveryChangedError, inputs_of
from restores.models import Phase, Request
from tests import make

pytestmark = pytest.mark.django_db
CUBE = {"spw": 25, "start": "230.51GHz", "width": "2MHz", "nchan": 10}


@pytest.fixture(autouse=True)
def _runtime(tmp_path, settings):
    make.runtimes(settings, tmp_path, make.CASA)


@pytest.fixture
def mous():
    return make.restorable_mous(pi=make.user("pi"), stored=True)


@pytest.fixture
def restore(mous):
    return submit.request_restore(mous, by=make.user("pi"), now=make.NOW)


def imaging(mous, **asked):
    return submit.request_image(mous, {"source": "NGC1052"} | asked, by=make.user("pi"), now=make.NOW)


def silent(stage, fraction):
    pass


def spoil(product):
    """Other bytes of the same length under the key of a product, as a failing disk would leave them."""
    store = open_store()
    store._s3.put_object(Bucket=store._bucket, Key=product.key, Body=b"x" * product.size)


def keep_restored(mous, **changes):
    """The result of a restore that ended well: a stored tar for each block."""
    made = Request.objects.create(
        kind="restore",
        mous=mous,
        calibration=mous.calibration,
        owner=make.user("pi"),
        phase=Phase.COMPLETED,
        ended_at=make.NOW,
    )
    facts = {"role": "calibrated_ms", "origin": "restored", "request_id": made.pk} | changes
    return [
        make.product(mous, f"{eb.name}.ms.tar", eb=eb, content=b"a MeasurementSet", **facts) for eb in mous.ebs.all()
    ]


def test_every_input_arrives_whole(restore, tmp_path):
    staging.stage(restore, tmp_path, beat=silent)

    staged = {path.name: path.read_bytes() for path in (tmp_path / "inputs").iterdir()}
    wanted = Product.objects.filter(role__in=["raw", "flagversions", "caltables"])
    assert staged == {product.name: f"content of {product.name}\n".encode() for product in wanted}
    assert len(staged) == 6


def test_spoilt_bytes_are_refused_and_never_get_their_name(restore, tmp_path):
    victim = Product.objects.filter(role="caltables").first()
    spoil(victim)

    with pytest.raises(CorruptObjectError):
        staging.stage(restore, tmp_path, beat=silent)
    assert not (tmp_path / "inputs" / victim.name).exists()


def test_an_object_that_is_gone_is_said_so(restore, tmp_path):
    open_store().delete(Product.objects.filter(role="raw").first().key)

    with pytest.raises(MissingObjectError):
        staging.stage(restore, tmp_path, beat=silent)


def test_staging_goes_on_where_it_was_stopped(restore, tmp_path):
    staging.stage(restore, tmp_path, beat=silent)
    kept = tmp_path / "inputs" / Product.objects.filter(role="raw").first().name
    (tmp_path / "inputs" / make.caltables_name(restore.mous, "session_2")).unlink()
    before = kept.stat().st_mtime_ns

    staging.stage(restore, tmp_path, beat=silent)

    assert kept.stat().st_mtime_ns == before
    assert (tmp_path / "inputs" / make.caltables_name(restore.mous, "session_2")).exists()


def test_the_progress_is_told_from_nothing_to_all(restore, tmp_path):
    told = []

    staging.stage(restore, tmp_path, beat=lambda stage, fraction: told.append((stage, fraction)))

    assert told[0] == ("staging inputs", 0.0)
    assert told[-1] == ("staging inputs", 1.0)
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)


def test_a_lost_lease_stops_the_transfers(restore, tmp_path):
    class LeaseLostError(Exception):
        pass

    def lose(stage, fraction):
        raise LeaseLostError

    with pytest.raises(LeaseLostError):
        staging.stage(restore, tmp_path, beat=lose)
    assert not list((tmp_path / "inputs").iterdir())


def test_a_lease_lost_while_bytes_flow_stops_them_too(restore, tmp_path, monkeypatch):
    end = time.monotonic() + 20

    class Slow:
        """A store that needs twenty seconds for an object."""

        def fetch(self, key, target, sha256):
            while time.monotonic() < end:
                target.write(b"x")

    class LeaseLostError(Exception):
        pass

    def lose_later(stage, fraction):
        if fraction > 0:
            raise LeaseLostError

    monkeypatch.setattr(staging, "open_store", Slow)
    monkeypatch.setattr(staging, "BEAT_SECONDS", 0.05)

    with pytest.raises(LeaseLostError):
        staging.stage(restore, tmp_path, beat=lose_later)
    assert time.monotonic() < end
    assert not [path for path in (tmp_path / "inputs").iterdir() if not path.name.endswith(".part")]


def test_a_delivery_that_changed_is_not_mixed_with_the_one_asked_for(mous, restore, tmp_path):
    mous.calibrations.update(current=False)
    make.calibration(mous)
    restore.refresh_from_db()

    with pytest.raises(DeliveryChangedError, match="has changed since"):
        staging.stage(restore, tmp_path, beat=silent)


def test_an_order_names_what_was_staged_and_how_to_calibrate(mous, restore, tmp_path):
    staging.stage(restore, tmp_path, beat=silent)
    orders.write_order(restore, tmp_path)

    order = orders.order(restore, tmp_path)
    first, second = order["execution_blocks"]
    assert (order["recipe"], order["image"], order["casa_version"]) == ("restore", None, make.CASA)
    assert set(order["import"]) == {"ocorr_mode", "asis", "bdfflags", "lazy"}
    assert (first["uid"], first["session"]) == (make.FIRST_EB, "session_2")
    assert first["raw"] == "inputs/2023.1.00101.S_uid___A002_X10ac6bc_Xc391.asdm.sdm.tar"
    assert first["caltables"] == [f"inputs/{make.caltables_name(mous, 'session_2')}"]
    assert first["restored"] is None
    assert second["applycal"] == mous.calibration.blocks[make.SECOND_EB]["applycal"]
    assert [(spw["number"], spw["virtual"]) for spw in second["spws"]] == [(19, 25), (21, 27)]


def test_casas_side_reads_the_order_as_written(mous, tmp_path):
    """Both sides of the fence agree on what an order is."""
    request = imaging(mous, cubes=[CUBE])
    staging.stage(request, tmp_path, beat=silent)

    read = read_order(orders.write_order(request, tmp_path))

    assert (read.recipe, read.mous) == ("image", make.MOUS)
    assert read.image.cubes[0].start_hz == 230.51e9
    assert [block.vis for block in read.execution_blocks] == [f"{eb.name}.ms" for eb in mous.ebs.all()]


def test_continuum_ranges_are_joined_by_the_name_of_the_window(mous, tmp_path):
    request = imaging(mous, cubes=[CUBE], angular_resolution="0.5arcsec")
    staging.stage(request, tmp_path, beat=silent)

    image = orders.order(request, tmp_path)["image"]

    assert image["continuum_ranges"] == {make.SPWS[0][0]: [[230.50e9, 230.52e9], [230.56e9, 230.58e9]]}
    assert (image["source"], image["member"]) == ("NGC1052", "uid___A001_X3621_X541")
    assert image["angular_resolution_arcsec"] == 0.5


def test_an_order_for_files_that_were_not_staged_waits(restore, tmp_path):
    (tmp_path / "inputs").mkdir()

    with pytest.raises(TransientError, match="has to be staged"):
        orders.write_order(restore, tmp_path)
    assert not (tmp_path / "order.json").exists()


def test_an_image_is_made_from_kept_restored_data(mous, tmp_path):
    kept = keep_restored(mous)
    request = imaging(mous)

    staging.stage(request, tmp_path, beat=silent)

    assert {path.name for path in (tmp_path / "inputs").iterdir()} == {product.name for product in kept}
    blocks = orders.order(request, tmp_path)["execution_blocks"]
    assert [block["restored"] for block in blocks] == [f"inputs/{eb.name}.ms.tar" for eb in mous.ebs.all()]
    assert all(block["raw"] is None and block["caltables"] == [] for block in blocks)


def test_a_restore_never_reads_restored_data(mous, restore):
    keep_restored(mous)

    assert all(block.raw and not block.restored for block in inputs_of(restore))


@pytest.mark.parametrize("ended", [{"withdrawn_at": make.NOW}, {"expires_at": make.NOW}, {"superseded_at": make.NOW}])
def test_restored_data_that_are_withdrawn_or_expired_are_not_used(mous, ended):
    keep_restored(mous, **ended)

    assert all(block.restored is None for block in inputs_of(imaging(mous)))


def test_restored_data_of_some_blocks_only_are_not_used(mous):
    keep_restored(mous)[0].delete()

    assert all(block.restored is None for block in inputs_of(imaging(mous)))


def test_restored_data_of_an_older_calibration_are_not_used(mous):
    keep_restored(mous)
    mous.calibrations.update(current=False)
    make.calibration(mous)

    assert all(block.restored is None for block in inputs_of(imaging(mous)))
