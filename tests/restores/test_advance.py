"""From the queue to the products, one process, the child program in place of CASA."""

import hashlib
import io
import json
import os
import tarfile
import time
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db.utils import OperationalError
from django.utils import timezone

from archive.errors import TransientError
from products import store
from products.models import Product
from restores import advance, leases, notices, phases, scratch, staging, submit, tick
from restores.launchers import local
from restores.leases import LeaseLostError
from restores.models import Phase, PhaseChange, Request
from restores.stopping import StopRequestedError
from tests import make
from tests.restores.workshop import processes_below


def run(request):
    advance.advance(request.pk)
    request.refresh_from_db()
    return request


def test_a_restore_ends_with_a_tar_of_every_measurement_set(restore, workshop):
    run(restore)

    assert restore.phase == Phase.COMPLETED
    products = Product.objects.filter(request_id=restore.pk)
    assert {product.name for product in products} == {f"{eb.name}.ms.tar" for eb in restore.mous.ebs.all()}
    for product in products:
        content = b"".join(store.open_store().stream(product.key))
        assert hashlib.sha256(content).hexdigest() == product.sha256
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            assert tar.getnames() == [f"{product.eb.name}.ms/ANTENNA/table.f0", f"{product.eb.name}.ms/table.dat"]


def test_a_product_says_how_it_was_made_and_how_long_it_is_kept(restore):
    run(restore)

    product = Product.objects.filter(request_id=restore.pk).first()
    assert product.origin == "restored"
    assert product.provenance["casa_version"] == "6.7.0.31"
    delivered = Product.objects.filter(mous=restore.mous, origin="delivered", role__in=["raw", "caltables"])
    assert product.provenance["inputs"].items() >= {row.name: row.sha256 for row in delivered}.items()
    assert 29 <= (product.expires_at - timezone.now()).days <= 30


def test_the_history_tells_every_phase_and_scratch_is_given_back(restore, workshop):
    run(restore)

    assert list(restore.history.values_list("phase", flat=True)) == ["QUEUED", "EXECUTING", "COMPLETED"]
    assert not list(workshop.scratch.glob("*-*"))
    assert (restore.lease_token, restore.lease_holder) == (None, "")
    assert restore.report["facts"] == {"rows": 10}


def test_the_owner_is_told_once_however_often_we_look(restore, mailoutbox):
    for _ in range(3):
        run(restore)

    assert [letter.to for letter in mailoutbox] == [["pi@example.org"]]
    assert "is ready" in mailoutbox[0].subject


def test_casa_sees_no_secret_of_the_service(restore, workshop, monkeypatch):
    monkeypatch.setenv("ALTIPLANO_SECRET_KEY", "very secret")
    seen = {}

    def look(request, directory, *args, **kwargs):
        seen.update(json.loads((directory / "seen.json").read_text()))
        raise TransientError("far enough")

    monkeypatch.setattr(advance.results, "deliver", look)

    run(restore)

    assert not [name for name in seen if name.startswith(("ALTIPLANO", "AWS", "DJANGO"))]
    assert seen["HOME"] == str(scratch.attempt(restore))
    assert seen["OMP_NUM_THREADS"] == "1"


def test_a_reason_that_casa_gives_reaches_the_user_in_its_words(restore, workshop):
    workshop.plan(error={"code": "too-few-rows", "sentence": "Rows are missing.", "remedy": "Ask for a new delivery."})

    run(restore)

    assert (restore.phase, restore.error_code) == (Phase.ERROR, "too-few-rows")
    assert (restore.error_sentence, restore.error_remedy) == ("Rows are missing.", "Ask for a new delivery.")
    assert not Product.objects.filter(request_id=restore.pk).exists()


def test_a_crash_is_followed_by_another_attempt(restore, workshop):
    workshop.plan(crashes=2)

    run(restore)

    assert (restore.phase, restore.attempt) == (Phase.COMPLETED, 3)
    assert [change.attempt for change in restore.history.all()] == [0, 1, 1, 2, 2, 3, 3]


def test_after_three_crashes_the_last_words_of_casa_are_told(restore, workshop):
    workshop.plan(crashes=3)

    run(restore)

    assert (restore.phase, restore.error_code) == (Phase.ERROR, "crashed")
    assert "gain.tbl has no rows" in restore.error_sentence
    assert not list(workshop.scratch.glob("*-*"))


def test_nothing_that_casa_started_survives_it(restore, workshop):
    workshop.plan(helpers=["in its session", "in a session of its own"])

    run(restore)

    assert restore.phase == Phase.COMPLETED
    assert processes_below(workshop.scratch) == []


def test_who_lost_access_before_the_start_gets_nothing_computed(workshop, pi):
    friend = make.user("friend")
    mous = make.restorable_mous(pi=pi, stored=True)
    delegation = make.delegation(mous.project, friend, by=pi)
    request = submit.request_restore(mous, by=friend, now=timezone.now())
    _revoke(delegation, pi)

    run(request)

    assert (request.phase, request.error_code, request.attempt) == (Phase.ERROR, "proprietary", 0)


def test_who_lost_access_while_casa_ran_gets_nothing_delivered(workshop, pi, monkeypatch):
    friend = make.user("friend")
    mous = make.restorable_mous(pi=pi, stored=True)
    delegation = make.delegation(mous.project, friend, by=pi)
    request = submit.request_restore(mous, by=friend, now=timezone.now())
    began = advance.attempts.begin
    monkeypatch.setattr(advance.attempts, "begin", lambda *args: (began(*args), _revoke(delegation, pi)))

    run(request)

    assert (request.phase, request.error_code, request.attempt) == (Phase.ERROR, "proprietary", 1)
    assert not Product.objects.filter(request_id=request.pk).exists()


def _revoke(delegation, pi):
    delegation.revoked_by, delegation.revoked_at = pi, timezone.now()
    delegation.save()


def test_a_store_that_does_not_answer_costs_no_attempt(restore, monkeypatch):
    def silent(*args, **kwargs):
        raise TransientError("The object store cannot be reached.")

    monkeypatch.setattr(staging, "stage", silent)
    for _ in range(5):
        run(restore)

    assert (restore.phase, restore.attempt, restore.lease_token) == (Phase.QUEUED, 0, None)


@pytest.mark.parametrize(
    "interruption",
    [
        TransientError("The object store cannot be reached."),
        StopRequestedError(),
        LeaseLostError("taken"),
        OperationalError("the server closed the connection"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_delivery_that_was_interrupted_does_not_count(restore, monkeypatch, interruption):
    real = advance.results.deliver

    def interrupted(*args, **kwargs):
        raise interruption

    monkeypatch.setattr(advance.results, "deliver", interrupted)
    for _ in range(settings.MAX_ATTEMPTS + 2):
        run(restore)
        assert restore.phase == Phase.EXECUTING
    monkeypatch.setattr(advance.results, "deliver", real)

    assert run(restore).phase == Phase.COMPLETED
    assert restore.attempt == 1


class Killed(BaseException):
    """What `kill -9` would do, for all that the code can see of it."""


def test_a_delivery_that_kills_its_worker_each_time_ends_the_request(restore, monkeypatch):
    def kill(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(advance.results, "deliver", kill)
    monkeypatch.setattr(Path, "unlink", lambda *args, **kwargs: None)  # the dead tidy nothing up
    for _ in range(settings.MAX_ATTEMPTS):
        with pytest.raises(Killed):
            run(restore)
        Request.objects.filter(pk=restore.pk).update(lease_until=None)
    monkeypatch.undo()

    assert (run(restore).phase, restore.error_code) == (Phase.ERROR, "crashed")
    assert "could not be delivered" in restore.error_sentence


@pytest.fixture
def far_away(restore, workshop):
    """The request in its first attempt, which another machine that shares our scratch works on."""
    directory = scratch.fresh(Request(pk=restore.pk, attempt=1))
    handle = {"pid": 4711, "started": 1, "place": "another boot/pid:[1]"}
    (directory / "handle.json").write_text(json.dumps(handle))
    phases.move(restore, Phase.EXECUTING, handle=handle, attempt=1)
    return directory


def test_what_runs_on_another_machine_is_left_to_its_workers(restore, far_away):
    run(restore)

    assert (restore.phase, restore.attempt, restore.lease_token) == (Phase.EXECUTING, 1, None)
    assert far_away.exists()


def test_what_was_aborted_on_another_machine_is_tidied_up_there(restore, far_away):
    submit.abort(restore, by=restore.owner)

    tick.tick()
    run(restore)

    assert far_away.exists()
    assert (restore.lease_token, restore.told_at) == (None, None)


def test_a_start_on_another_machine_that_nobody_noted_costs_no_attempt(restore, far_away):
    Request.objects.filter(pk=restore.pk).update(handle=None)

    run(restore)

    assert (restore.attempt, far_away.exists()) == (1, True)


def test_what_a_machine_that_is_gone_had_begun_is_begun_again(restore, far_away):
    long_ago = time.time() - 2 * local.SILENT_SECONDS
    os.utime(far_away / "handle.json", (long_ago, long_ago))

    run(restore)

    assert (restore.phase, restore.attempt) == (Phase.COMPLETED, 2)


def test_a_full_scratch_makes_the_request_wait(restore, settings):
    settings.SCRATCH_QUOTA_BYTES = 10

    run(restore)

    assert (restore.phase, restore.attempt) == (Phase.QUEUED, 0)


def test_a_mistake_of_our_own_ends_the_request_and_is_logged(restore, monkeypatch, caplog):
    monkeypatch.setattr(staging, "stage", lambda *args, **kwargs: 1 / 0)

    run(restore)

    assert (restore.phase, restore.error_code) == (Phase.ERROR, "internal")
    assert "ZeroDivisionError" in caplog.text


@pytest.fixture
def staff(settings):
    settings.ADMINS = [("staff@example.org", "staff@example.org")]


def test_a_failure_of_ours_is_logged_with_its_words_and_staff_are_told_without(restore, workshop, staff, caplog):
    workshop.plan(error={"code": "too-few-rows", "sentence": "Rows of NGC1052 are missing.", "remedy": "Ask."})

    run(restore)

    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.getMessage() == f"restore {restore.pk} failed: too-few-rows: Rows of NGC1052 are missing."
    [letter] = [sent for sent in mail.outbox if sent.to == ["staff@example.org"]]
    assert restore.mous.uid in letter.body
    assert str(restore.pk) in letter.subject
    assert "NGC1052" not in letter.subject + letter.body


def test_a_mistake_nobody_foresaw_is_told_to_staff(restore, monkeypatch, staff):
    monkeypatch.setattr(staging, "stage", lambda *args, **kwargs: 1 / 0)

    run(restore)

    assert [sent.to for sent in mail.outbox] == [["staff@example.org"], ["pi@example.org"]]


def test_a_refusal_is_no_matter_for_staff(workshop, pi, staff, caplog):
    friend = make.user("friend")
    mous = make.restorable_mous(pi=pi, stored=True)
    delegation = make.delegation(mous.project, friend, by=pi)
    request = submit.request_restore(mous, by=friend, now=timezone.now())
    _revoke(delegation, pi)

    run(request)

    assert request.error_code == "proprietary"
    assert [sent.to for sent in mail.outbox] == [["friend@example.org"]]
    assert "ERROR" not in {record.levelname for record in caplog.records}


def test_staff_who_cannot_be_reached_delay_nobody(restore, monkeypatch, staff):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(notices, "mail_admins", refuse)
    monkeypatch.setattr(staging, "stage", lambda *args, **kwargs: 1 / 0)

    assert run(restore).phase == Phase.ERROR
    assert [sent.to for sent in mail.outbox] == [["pi@example.org"]]


@pytest.mark.parametrize(("status", "report", "attempts"), [(1, {}, 2), (0, {"error": {}}, 2), (2, {}, 2), (0, {}, 1)])
def test_a_report_is_believed_when_casa_ended_as_it_says(restore, monkeypatch, status, report, attempts):
    """The status of the first attempt is forged, or its report; the second is as it should be."""
    real = advance.attempts.watch

    def forged(request, lease):
        ended = real(request, lease)
        if request.attempt > 1 or ended is None:
            return ended
        path = scratch.attempt(request) / "report.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | report))
        return status

    monkeypatch.setattr(advance.attempts, "watch", forged)

    assert (run(restore).phase, restore.attempt) == (Phase.COMPLETED, attempts)


def test_a_report_is_believed_when_only_the_supervisor_was_lost(restore, monkeypatch):
    real = advance.attempts.watch
    monkeypatch.setattr(advance.attempts, "watch", lambda *args: (real(*args) is not None and local.LOST) or None)

    assert (run(restore).phase, restore.attempt) == (Phase.COMPLETED, 1)


def test_a_result_that_was_swept_before_it_was_indexed_is_not_indexed(restore, monkeypatch):
    real = advance.results.keep

    def slow(*args, **kwargs):
        products = real(*args, **kwargs)
        store.open_store().delete(products[0].key)
        return products

    monkeypatch.setattr(advance.results, "keep", slow)

    run(restore)

    assert (restore.phase, restore.error_code) == (Phase.ERROR, "object-swept")
    assert not Product.objects.filter(request_id=restore.pk).exists()


def test_other_accounts_of_the_machine_cannot_read_scratch(restore, workshop):
    (workshop.scratch / str(restore.pk)).mkdir(parents=True, mode=0o755)

    scratch.fresh(restore)

    assert scratch.home(restore.pk).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('File "/srv/casa/lib/run.py", line 3', 'File "run.py", line 3'),
        ("SEVERE Table /scratch/0ba1/2/work/gain.tbl has no rows", "SEVERE Table gain.tbl has no rows"),
        ("Error:/scratch/0ba1/x.ms, file:///home/me/y", "Error:x.ms, y"),
        ("uid://A001/X3621/X541 in work/uid___A002.ms", "uid://A001/X3621/X541 in work/uid___A002.ms"),
        ("rate 5 MB/s, SPW 3/4/5", "rate 5 MB/s, SPW 3/4/5"),
    ],
)
def test_the_last_words_of_casa_do_not_tell_where_things_lie(tmp_path, said, told):
    (tmp_path / "casa.log").write_text(said + "\n")

    assert advance.attempts._last_words(tmp_path) == [told]


def test_a_report_of_another_attempt_is_not_believed(restore, workshop, monkeypatch):
    real = advance.results.deliver

    def forged(request, directory, *args, **kwargs):
        report = json.loads((directory / "report.json").read_text()) | {"attempt": 7}
        (directory / "report.json").write_text(json.dumps(report))
        real(request, directory, *args, **kwargs)

    monkeypatch.setattr(advance.results, "deliver", forged)

    assert run(restore).error_code == "wrong-result"


def test_an_output_that_changed_after_it_was_checked_is_refused(restore, workshop, monkeypatch):
    real = advance.results.deliver

    def altered(request, directory, *args, **kwargs):
        table = next((directory / "outputs").rglob("table.dat"))
        table.write_text("something else")
        real(request, directory, *args, **kwargs)

    monkeypatch.setattr(advance.results, "deliver", altered)

    assert run(restore).error_code == "result-changed"


def test_an_aborted_request_is_tidied_up_by_whoever_comes_next(restore, workshop):
    workshop.plan(seconds=600)
    lease = leases.take(restore.pk)
    advance.attempts.begin(Request.objects.get(pk=restore.pk), lease)
    leases.release(lease)
    assert processes_below(workshop.scratch)

    submit.abort(Request.objects.get(pk=restore.pk), by=restore.owner)
    run(restore)

    assert restore.phase == Phase.ABORTED
    assert processes_below(workshop.scratch) == []
    assert not list(workshop.scratch.glob("*-*"))


def test_nothing_is_indexed_when_the_lease_is_lost_at_the_last_moment(restore, workshop, monkeypatch):
    kept = advance.results.keep

    def robbed(*args, **kwargs):
        products = kept(*args, **kwargs)
        Request.objects.filter(pk=restore.pk).update(lease_token="0" * 32)
        return products

    monkeypatch.setattr(advance.results, "keep", robbed)

    run(restore)

    assert restore.phase == Phase.EXECUTING
    assert not Product.objects.filter(request_id=restore.pk).exists()
    assert PhaseChange.objects.filter(request=restore, phase=Phase.COMPLETED).count() == 0


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.PENDING])
def test_a_request_that_waits_for_a_person_is_left_alone(restore, phase):
    Request.objects.filter(pk=restore.pk).update(phase=phase)

    assert run(restore).phase == phase


def test_a_product_has_the_checksums_of_its_blocks(restore):
    run(restore)

    for product in Product.objects.filter(request_id=restore.pk):
        content = b"".join(store.open_store().stream(product.key))
        assert product.crc32 == zlib.crc32(content)
        assert bytes(product.blocks.crcs) == zlib.crc32(content).to_bytes(4, "big"), "it is of one block"
