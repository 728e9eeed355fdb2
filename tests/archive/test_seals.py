"""The hash chain over the access log: what it shows when somebody who owns the tables has been at them."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from archive import access, access_log, seals
from archive.models import AccessRecord, Seal
from tests import make

NOON = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)
pytestmark = pytest.mark.django_db
TABLES = ("archive_accessrecord", "archive_seal")


def tamper(sql, *values):
    """SQL by an owner of the tables, with the triggers out of the way."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def write(mous, **changes):
    facts = {"by": AnonymousUser(), "ground": access.Ground(access.Rule.RELEASED), "bytes_asked": 10}
    return access_log.write(
        access_log.What.DOWNLOAD, mous, **facts | {"subject": uuid.uuid4(), "name": "notes.txt"} | changes
    )


def at(minute, *, second=0):
    return NOON + timedelta(minutes=minute, seconds=second)


def record(mous, minute, *, second=0, **changes):
    """A record of the past: `minute` minutes after noon."""
    made = write(mous, **changes)
    tamper("UPDATE archive_accessrecord SET at = %s WHERE id = %s", at(minute, second=second), made.pk)
    return made


def verify(**options):
    told = StringIO()
    call_command("verify_access_log", stdout=told, **options)
    return told.getvalue()


def findings(**options):
    """The sentences of a log that is not in order."""
    told = StringIO()
    with pytest.raises(CommandError, match="not as it was written"):
        call_command("verify_access_log", stdout=told, **options)
    return told.getvalue().splitlines()


def last_digest():
    return Seal.objects.order_by("minute").last().sha256


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


@pytest.fixture
def log(mous):
    """Five records in three minutes, one minute between them without any; all sealed."""
    rows = [record(mous, minute, second=second) for minute, second in ((0, 1), (0, 2), (2, 0), (2, 59), (3, 30))]
    assert seals.seal(now=EVENING) == 3
    return rows


def test_a_minute_with_records_has_one_seal_and_an_empty_one_has_none(log):
    told = [(seal.minute, seal.records, seal.last_record) for seal in Seal.objects.all()]

    assert told == [(at(0), 2, log[1].pk), (at(2), 2, log[3].pk), (at(3), 1, log[4].pk)]
    assert seals.seal(now=EVENING) == 0


def test_a_log_in_order_is_said_to_be_so_with_its_latest_seal(log):
    told = verify()

    assert "3 minutes with 5 records" in told
    assert f"2024-06-01 12:03 {last_digest()}" in told


def test_a_log_without_records_is_in_order():
    assert "Latest seal: none yet" in verify()


def test_a_seal_is_made_of_the_one_before_it(log, mous):
    first = list(Seal.objects.values_list("sha256", flat=True))
    tamper("DELETE FROM archive_seal")
    tamper("UPDATE archive_accessrecord SET name = 'other' WHERE id = %s", log[0].pk)

    seals.seal(now=EVENING)

    assert not set(first) & set(Seal.objects.values_list("sha256", flat=True))


def test_a_minute_that_is_not_over_is_not_sealed(mous):
    write(mous)

    assert seals.seal(now=timezone.now() + timedelta(days=1)) == 0  # the clock of the database decides
    assert seals.seal(now=EVENING) == 0


@pytest.mark.parametrize(
    "change",
    [
        "person_name = 'somebody'",
        "bytes_sent = 7",
        "bytes_asked = 11",
        "outcome = 'complete'",
        "name = 'other.txt'",
        "rule = 'PI'",
        "at = at + interval '1 second'",
        "request_id = 'x'",
        "subject = gen_random_uuid()",
        "event = gen_random_uuid()",
        "what = 'link'",
    ],
)
def test_a_changed_record_is_found_in_its_minute(log, change):
    tamper(f"UPDATE archive_accessrecord SET {change} WHERE id = %s", log[2].pk)

    assert findings() == [
        "2024-06-01 12:02 UTC: a record or the seal was altered, or a sealed minute before it was removed."
    ]


def test_every_column_of_a_record_is_under_the_seal():
    assert {field.attname for field in AccessRecord._meta.concrete_fields} == set(seals.SEALED)


def test_a_removed_record_is_missed(log):
    tamper("DELETE FROM archive_accessrecord WHERE id = %s", log[0].pk)

    assert findings() == ["2024-06-01 12:00 UTC: 1 of its 2 records are missing."]


def test_a_minute_whose_records_are_all_gone_is_missed(log):
    tamper("DELETE FROM archive_accessrecord WHERE id IN (%s, %s)", log[2].pk, log[3].pk)

    assert findings() == ["2024-06-01 12:02 UTC: 2 of its 2 records are missing."]


def test_a_record_added_to_a_sealed_minute_is_found(log, mous):
    record(mous, 2, second=30)

    assert findings() == ["2024-06-01 12:02 UTC: 1 records were added to the 2 that were sealed."]


def test_a_record_added_to_a_minute_that_had_none_is_found(log, mous):
    record(mous, 1)

    assert findings() == [
        "2024-06-01 12:01 UTC: it has 1 records and no seal: the records were added, or the seal was removed."
    ]


def test_records_in_another_order_are_found(log):
    one, two = log[0].pk, log[1].pk
    for old, new in ((one, -1), (two, one), (-1, two)):
        tamper("UPDATE archive_accessrecord SET id = %s WHERE id = %s", new, old)

    assert [line[:20] for line in findings()] == ["2024-06-01 12:00 UTC"]


def test_a_record_moved_to_another_minute_is_found_in_both(log):
    tamper("UPDATE archive_accessrecord SET at = %s WHERE id = %s", at(3), log[2].pk)

    assert [line[11:16] for line in findings()] == ["12:02", "12:03"]


def test_an_altered_seal_is_found_and_the_minutes_after_it_are_not_blamed(log):
    tamper("UPDATE archive_seal SET sha256 = repeat('a', 64) WHERE minute = %s", at(0))

    assert [line[11:16] for line in findings()] == ["12:00"]


def test_an_altered_count_is_found(log):
    tamper("UPDATE archive_seal SET records = 3 WHERE minute = %s", at(2))

    assert findings() == ["2024-06-01 12:02 UTC: its seal was altered: it counts 3 records of 2."]


def test_a_removed_seal_is_found(log):
    tamper("DELETE FROM archive_seal WHERE minute = %s", at(0))

    assert [line[11:16] for line in findings()] == ["12:00"]


def test_a_minute_removed_with_its_seal_is_found_at_the_next_one(log):
    tamper("DELETE FROM archive_accessrecord WHERE id IN (%s, %s)", log[2].pk, log[3].pk)
    tamper("DELETE FROM archive_seal WHERE minute = %s", at(2))

    assert findings() == [
        "2024-06-01 12:03 UTC: a record or the seal was altered, or a sealed minute before it was removed."
    ]


def test_seals_in_another_order_are_found(log):
    digests = dict(Seal.objects.values_list("minute", "sha256"))
    for minute, other in ((at(0), at(2)), (at(2), at(0))):
        tamper("UPDATE archive_seal SET sha256 = %s WHERE minute = %s", digests[other], minute)

    assert {line[11:16] for line in findings()} >= {"12:00", "12:02"}


def test_records_that_wait_too_long_for_their_seal_are_told(mous):
    record(mous, 0)

    assert findings() == [
        "2024-06-01 12:00 UTC: its 1 records still wait for their seal: does a worker (run_jobs) run?"
    ]


def test_records_that_are_young_may_wait(mous, log):
    write(mous)

    assert "4 minutes with 6 records" in verify()


def test_a_log_rewritten_from_the_beginning_lacks_the_digest_that_was_noted(log):
    noted = last_digest()
    assert "as it was written" in verify(expect=noted)
    tamper("DELETE FROM archive_seal")
    tamper("DELETE FROM archive_accessrecord WHERE id = %s", log[4].pk)
    seals.seal(now=EVENING)
    verify()

    assert f"The digest {noted} is not in the chain" in findings(expect=noted)[0]


def test_a_digest_that_was_noted_long_ago_is_found_still(log, mous):
    noted = last_digest()
    record(mous, 9)
    seals.seal(now=EVENING)

    assert "as it was written" in verify(expect=noted.upper())


def test_a_digest_that_stands_there_without_its_records_does_not_count(log):
    noted = last_digest()
    tamper("DELETE FROM archive_accessrecord WHERE id = %s", log[4].pk)

    assert len(findings(expect=noted)) == 2


@pytest.mark.parametrize("sql", ["UPDATE archive_{0} SET id = id", "DELETE FROM archive_{0}"], ids=["update", "delete"])
@pytest.mark.parametrize("table", ["accessrecord", "seal"])
def test_the_database_refuses_to_change_what_was_written(log, table, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table))


def test_nobody_chooses_the_time_of_a_record(mous):
    before = timezone.now() - timedelta(hours=1)
    made = write(mous)

    AccessRecord.objects.create(
        **{field.attname: getattr(made, field.attname) for field in made._meta.fields} | {"id": None, "at": NOON}
    )

    assert all(at > before for at in AccessRecord.objects.values_list("at", flat=True))


@pytest.mark.parametrize("table", [*TABLES, "archive_decision", "restores_phasechange"])
def test_no_log_is_emptied_by_a_statement(table):
    with pytest.raises(DatabaseError, match="append-only: TRUNCATE refused"), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db(transaction=True)
def test_the_sealer_gives_up_while_somebody_is_still_writing_and_the_next_run_seals(mous, monkeypatch):
    record(mous, 0)
    monkeypatch.setattr(seals, "LOCK_MILLISECONDS", 100)

    with transaction.atomic():
        write(mous)
        with ThreadPoolExecutor(1) as other:
            assert other.submit(_seal_and_close).result(timeout=60) == 0

    assert seals.seal(now=EVENING) == 1


@pytest.fixture
def quick_minutes(monkeypatch):
    """A clock in the database whose minutes take a tenth of a second, so that many of them end."""
    began = "timestamptz '2026-01-01'"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('archive_access_record_gets_its_time'::regproc)")
        [definition] = cursor.fetchone()
        cursor.execute(
            "CREATE FUNCTION quick_clock() RETURNS timestamptz LANGUAGE sql AS "
            f"$$ SELECT {began} + (clock_timestamp() - {began}) * 600 $$"
        )
        cursor.execute(definition.replace("clock_timestamp()", "quick_clock()"))
    monkeypatch.setattr(seals, "CLOCK", "quick_clock()")
    monkeypatch.setattr(seals, "SETTLED", timedelta())
    yield
    with connection.cursor() as cursor:
        cursor.execute(definition)
        cursor.execute("DROP FUNCTION quick_clock()")


@pytest.mark.django_db(transaction=True)
def test_records_written_while_minutes_are_sealed_are_each_sealed_once(quick_minutes, mous):
    """Two sealers and four writers, until everything that was written is sealed."""
    someday = datetime(9000, 1, 1, tzinfo=UTC)
    writing = threading.Event()

    def keep_writing():
        try:
            for _ in range(60):
                write(mous)
        finally:
            connections.close_all()

    def keep_sealing():
        try:
            while not writing.is_set() or _unsealed():
                seals.seal(now=someday)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        sealers = [pool.submit(keep_sealing) for _ in range(2)]
        try:
            for writer in [pool.submit(keep_writing) for _ in range(4)]:
                writer.result(timeout=300)
        finally:
            writing.set()
        for sealer in sealers:
            sealer.result(timeout=300)

    assert Seal.objects.count() > 1
    assert sum(Seal.objects.values_list("records", flat=True)) == AccessRecord.objects.count() == 240
    assert not [each for each in seals.broken(seals.Walk(), now=someday) if each]


def _unsealed():
    return AccessRecord.objects.count() > sum(Seal.objects.values_list("records", flat=True))


def _seal_and_close():
    try:
        return seals.seal(now=EVENING)
    finally:
        connections.close_all()
