import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from procrastinate.contrib.django.models import ProcrastinateJob

from archive import access
from archive.access_refusals import ProprietaryError
from archive.asked import MissingParameterError, UnknownParameterError
from archive.errors import ArchiveError
from archive.models import ExecutionBlock
from archive.staff import Role
from products import slots
from products.models import CubeSlot, Product
from products.slots import CubeExistsError
from restores import phases, submit
from restores.cubes import OutsideCoverageError, UnknownWindowError
from restores.image_request import (
    BadParameterError,
    NothingToImageError,
    OneCubePerSourceError,
    UnknownSourceError,
)
from restores.models import Phase, PhaseChange, Request
from restores.refusals import ScratchSpaceError
from restores.sizes import CubeTooLargeError
from tests import make

pytestmark = pytest.mark.django_db
CUBE = {"spw": 25, "mode": "frequency", "start": "230.51GHz", "width": "2MHz", "nchan": 10}


@pytest.fixture(autouse=True)
def _runtime(tmp_path, settings):
    make.runtimes(settings, tmp_path, "6.6.5.31", make.CASA)


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    return make.restorable_mous(pi=pi)


def image(mous, by, **asked):
    return submit.request_image(mous, {"mous": mous.uid, "source": "NGC1052"} | asked, by=by, now=make.NOW)


def jobs():
    """Wake-ups of the requests of this test."""
    requests = {str(pk) for pk in Request.objects.values_list("pk", flat=True)}
    queued = ProcrastinateJob.objects.values_list("args", flat=True)
    return [args for args in queued if args.get("request_id") in requests]


def test_a_restore_is_queued_with_its_history_and_a_wake_up(mous, pi):
    request = submit.request_restore(mous, by=pi, now=make.NOW)

    assert (request.kind, request.phase, request.owner) == ("restore", Phase.QUEUED, pi)
    assert request.calibration == mous.calibration
    assert request.restore.raw_bytes == sum(Product.objects.filter(role="raw").values_list("size", flat=True))
    assert list(PhaseChange.objects.values_list("phase", "note")) == [
        ("QUEUED", "queued for CASA 6.7.0.31, the version of the delivery")
    ]
    assert jobs() == [{"request_id": str(request.pk)}]


def test_the_runtime_chosen_is_the_lowest_that_may_do_it(mous, pi):
    mous.calibrations.update(casa_version="6.6.1-17")

    request = submit.request_restore(mous, by=pi, now=make.NOW)

    assert request.casa_version == "6.6.5.31"
    assert request.history.get().note == "queued for CASA 6.6.5.31, delivered with 6.6.1.17"


def test_a_second_press_of_the_button_names_the_live_restore(mous, pi):
    live = submit.request_restore(mous, by=pi, now=make.NOW)

    with pytest.raises(submit.RestoreRunningError, match=str(live.pk)) as refused:
        submit.request_restore(mous, by=pi, now=make.NOW)

    assert refused.value.status == 409
    assert Request.objects.count() == 1
    assert len(jobs()) == 1


def test_another_person_and_a_later_time_have_restores_of_their_own(mous, pi):
    first = submit.request_restore(mous, by=pi, now=make.NOW)
    delegee = make.user("delegee")
    make.delegation(mous.project, delegee, by=pi)

    submit.request_restore(mous, by=delegee, now=make.NOW)
    submit.abort(first, by=pi)
    submit.request_restore(mous, by=pi, now=make.NOW)

    assert Request.objects.count() == 3


def test_who_may_not_have_the_data_may_not_have_them_processed(mous):
    with pytest.raises(access.AccountNeededError):
        submit.request_restore(mous, by=AnonymousUser(), now=make.NOW)
    with pytest.raises(ProprietaryError):
        image(mous, make.user("stranger"), cubes=[CUBE])
    assert not Request.objects.exists()


def test_only_the_owner_and_staff_may_abort(mous, pi):
    request = submit.request_restore(mous, by=pi, now=make.NOW)

    with pytest.raises(submit.NotYoursError):
        submit.abort(request, by=make.user("stranger"))
    submit.abort(request, by=make.staff("staff", Role.OPERATOR))

    request.refresh_from_db()
    assert request.phase == Phase.ABORTED
    assert request.history.last().note == "aborted by staff"


def test_a_cube_is_kept_as_validated_and_as_asked(mous, pi):
    request = image(mous, pi, source="_ngc1052_", cubes=[CUBE], angular_resolution="0.5arcsec")

    details = request.imaging
    assert details.source.name == "NGC1052"
    assert details.cubes == [
        {
            "spw_name": make.SPWS[0][0],
            "virtual_spw": 25,
            "restfreq_hz": 230.538e9,
            "start_hz": 230.51e9,
            "width_hz": 2e6,
            "nchan": 10,
            "mode": "frequency",
            "start": "230.51GHz",
            "width": "0.002GHz",
        }
    ]
    assert (details.continuum, details.angular_resolution_arcsec) == (True, 0.5)
    assert details.asked["cubes"] == [CUBE]
    assert CubeSlot.objects.get().request_id == request.pk


def test_a_continuum_image_takes_no_place(mous, pi):
    image(mous, pi)
    image(mous, pi, continuum=True, cubes=[])

    assert not CubeSlot.objects.exists()


def test_the_second_cube_is_refused_with_the_phase_of_the_first_and_leaves_nothing(mous, pi):
    first = image(mous, pi, cubes=[CUBE])
    phases.move(first, Phase.EXECUTING)

    with pytest.raises(CubeExistsError, match="now EXECUTING") as refused:
        image(mous, pi, cubes=[CUBE | {"spw": 27, "start": "232.47GHz"}])

    assert refused.value.facts == {
        "phase": "EXECUTING",
        "date": CubeSlot.objects.get().reserved_at.date().isoformat(),
        "product": None,
        "holder": "pi",
        "replaces": None,
    }
    assert Request.objects.count() == 1


def test_an_aborted_cube_gives_its_place_back(mous, pi):
    submit.abort(image(mous, pi, cubes=[CUBE]), by=pi)

    assert image(mous, pi, cubes=[CUBE]).phase == Phase.QUEUED


@pytest.fixture
def archived(mous, pi):
    """The cube of the PI, whose request has ended."""
    request = image(mous, pi, cubes=[CUBE])
    cube = make.product(
        mous, "cube.fits", "user_cube", origin="imaged", request_id=request.pk, source=request.imaging.source
    )
    Request.objects.filter(pk=request.pk).update(phase=Phase.COMPLETED, ended_at=make.NOW)
    slots.bind(request.pk, cube)
    return cube


def test_the_holder_asks_for_what_is_to_replace_her_cube(mous, pi, archived):
    request = image(mous, pi, cubes=[CUBE], replaces=str(archived.pk), reason=" the line was cut off ")

    slot = CubeSlot.objects.get()
    assert (slot.product, slot.next_request_id, slot.next_holder) == (archived, request.pk, pi)
    assert slot.next_reason == "the line was cut off"
    assert request.phase == Phase.QUEUED
    submit.abort(request, by=pi)
    slot.refresh_from_db()
    assert (slot.product, slot.next_request_id) == (archived, None)


def test_an_archive_scientist_with_access_may_replace_it_and_others_may_not(mous, archived):
    mous.release_at = make.LONG_AGO
    mous.save()
    said = {"cubes": [CUBE], "replaces": str(archived.pk), "reason": "wrong fluxes"}

    with pytest.raises(CubeExistsError):
        image(mous, make.user("stranger"), **said)
    assert Request.objects.count() == 1

    scientist = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    assert image(mous, scientist, **said).pk == CubeSlot.objects.get().next_request_id


def test_an_archive_scientist_without_the_data_replaces_nothing(mous, archived):
    with pytest.raises(ProprietaryError):
        image(mous, make.staff("astrid", Role.ARCHIVE_SCIENTIST), cubes=[CUBE], replaces=str(archived.pk), reason="x")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"reason": ""}, "needs a reason"),
        ({"replaces": ""}, "needs the id of that cube"),
        ({"cubes": []}, "needs a cube that takes its place"),
        ({"replaces": "the last one"}, "must be the id of a product"),
        ({"replaces": 7}, "must be the id of a product"),
        ({"reason": ["because"]}, "must be a text"),
        ({"reason": "x" * 501}, "must be a text of at most 500 letters"),
        ({"replaces": "6f0c8a52-0000-4000-8000-000000000001"}, "is not the one of NGC1052 that is in force"),
    ],
)
def test_a_replacement_says_what_it_replaces_and_why(mous, pi, archived, said, words):
    whole = {"cubes": [CUBE], "replaces": str(archived.pk), "reason": "a finer grid"}

    with pytest.raises(ArchiveError, match=words):
        image(mous, pi, **whole | said)

    assert Request.objects.count() == 1


def test_the_holder_who_asks_for_another_cube_is_told_how_to_replace_hers(mous, pi, archived):
    with pytest.raises(CubeExistsError) as refused:
        image(mous, pi, cubes=[CUBE])

    assert refused.value.facts["replaces"] == str(archived.pk)
    assert "`replaces`" in refused.value.remedy


def test_two_cubes_of_one_source_are_one_too_many(mous, pi):
    with pytest.raises(OneCubePerSourceError) as refused:
        image(mous, pi, cubes=[CUBE, CUBE | {"spw": 27}])

    assert (refused.value.status, refused.value.code) == (422, "one-cube-per-source")


def test_no_image_at_all_is_refused(mous, pi):
    with pytest.raises(NothingToImageError):
        image(mous, pi, cubes=[], continuum=False)


@pytest.mark.parametrize("name", ["J0423-0120", "NGC1068", "<source>"])
def test_the_source_must_be_a_target(mous, pi, name):
    with pytest.raises(UnknownSourceError) as refused:
        image(mous, pi, source=name, cubes=[CUBE])
    assert refused.value.remedy == "Its targets are NGC1052."


def test_unknown_words_are_refused_by_name_at_every_level(mous, pi):
    with pytest.raises(UnknownParameterError, match="selfcal"):
        image(mous, pi, selfcal=True)
    with pytest.raises(UnknownParameterError, match="restferq"):
        image(mous, pi, cubes=[CUBE | {"restferq": "230.538GHz"}])
    with pytest.raises(MissingParameterError, match="spw"):
        image(mous, pi, cubes=[{"nchan": 4}])


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"cubes": {"spw": 25}}, "cubes"),
        ({"continuum": "yes"}, "continuum"),
        ({"angular_resolution": "0arcsec"}, "angular_resolution"),
        ({"angular_resolution": "2deg"}, "angular_resolution"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(mous, pi, asked, parameter):
    with pytest.raises(BadParameterError, match=f"^{parameter} is"):
        image(mous, pi, **asked)


def test_a_cube_must_lie_where_all_blocks_have_data(mous, pi):
    """The blocks are three weeks apart: the edge of one TOPO window is not that of the other."""
    with pytest.raises(OutsideCoverageError):
        image(mous, pi, cubes=[CUBE | {"start": "230.4760GHz"}])
    with pytest.raises(UnknownWindowError, match="19"):
        image(mous, pi, cubes=[CUBE | {"spw": 19}])


def test_a_window_that_one_block_lacks_has_no_cube(mous, pi):
    ExecutionBlock.objects.get(uid=make.SECOND_EB).spws.filter(virtual=27).delete()

    with pytest.raises(UnknownWindowError):
        image(mous, pi, cubes=[CUBE | {"spw": 27, "start": "232.47GHz"}])


def test_a_cube_beyond_the_limit_is_refused_before_anything_is_computed(mous, pi):
    mous.ebs.update(longest_baseline_m=16_000.0)
    mous.ebs.first().spws.update(nchan=3840)
    for eb in mous.ebs.all():
        eb.spws.update(channel_width_hz=15_000.0)

    with pytest.raises(CubeTooLargeError, match="the limit is 120 GB"):
        image(mous, pi, cubes=[{"spw": 25}])


def test_an_image_that_scratch_cannot_hold_is_refused(mous, pi, settings):
    settings.SCRATCH_QUOTA_BYTES = 50_000_000

    with pytest.raises(ScratchSpaceError):
        image(mous, pi, cubes=[CUBE], angular_resolution="0.01arcsec")


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_one_gets_the_place_and_49_are_told(mous, pi):
    """Each thread has a connection of its own; the database decides, before any job is queued."""
    start = threading.Barrier(10)

    def ask(number):
        try:
            if number < 10:
                start.wait(120)
            return image(mous, pi, cubes=[CUBE]).phase
        except CubeExistsError as refused:
            return refused.status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(50)))

    assert sorted(map(str, answers)) == ["409"] * 49 + ["QUEUED"]
    assert (Request.objects.count(), CubeSlot.objects.count(), len(jobs())) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_ten_replacements_at_once_one_is_queued(mous, pi, archived):
    def ask(_):
        try:
            return image(mous, pi, cubes=[CUBE], replaces=str(archived.pk), reason="a finer grid").phase
        except ArchiveError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))

    assert sorted(map(str, answers)) == ["QUEUED"] + ["not-replaceable"] * 9
    assert Request.objects.exclude(phase=Phase.COMPLETED).get().pk == CubeSlot.objects.get().next_request_id


@pytest.mark.django_db(transaction=True)
def test_of_ten_restores_at_once_one_is_queued(mous, pi):
    def ask(_):
        try:
            return submit.request_restore(mous, by=pi, now=make.NOW).phase
        except submit.RestoreRunningError as refused:
            return refused.status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))

    assert sorted(map(str, answers)) == ["409"] * 9 + ["QUEUED"]


def test_a_request_is_decided_in_few_questions_to_the_database(mous, pi, django_assert_max_num_queries):
    with django_assert_max_num_queries(45, connection=connection):
        image(mous, pi, cubes=[CUBE])
