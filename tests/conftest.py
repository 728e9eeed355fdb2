"""What every test has around it: a real PostgreSQL and a real S3 server, and real deliveries where there are some."""

import contextlib
import os
from pathlib import Path

import hypothesis
import psycopg
import pytest
from botocore.exceptions import ClientError
from django.db.backends.base.operations import BaseDatabaseOperations as DatabaseOperations

from altiplano.stack import layout
from altiplano.stack.errors import StackError
from products import store, streams, unfinished
from tests.distribution import pytest_xdist_make_scheduler
from tests.simulated import small_delivery

__all__ = ["pytest_xdist_make_scheduler", "small_delivery"]

# The same examples each time, however long one takes: other work on the machine, or chance, is no failure.
hypothesis.settings.register_profile(
    "altiplano", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("altiplano")

os.environ["ALTIPLANO_RATE_LIMITS"] = "0"  # of the processes that tests start

NEVER_EMPTIED = (
    "archive_accessrecord",
    "archive_seal",
    "archive_decision",
    "restores_phasechange",
    "products_productchange",
)
_HOW = "Run `make test`, or `python -m altiplano.stack exec --temporary -- pytest ...`."


def pytest_sessionstart(session):
    """One sentence at the start instead of an error per test."""
    try:
        psycopg.connect(layout.database_url(), connect_timeout=5).close()
    except (psycopg.OperationalError, StackError) as absence:
        pytest.exit(f"The tests need PostgreSQL and S3, and none answers ({str(absence).strip()}). {_HOW}", 3)


@pytest.fixture(scope="session")
def shared_data():
    """Real ALMA metadata that is too large for this repository: ALTIPLANO_SHARED_DATA, or beside the repository."""
    directory = Path(os.environ.get("ALTIPLANO_SHARED_DATA") or layout.REPOSITORY.parent / "shared" / "data")
    if not directory.is_dir():
        pytest.skip(f"the real ALMA metadata are not at {directory}; set ALTIPLANO_SHARED_DATA to them")
    return directory


@pytest.fixture
def own_bucket(settings):
    """Objects and uploads that no test beside this one begins or removes; none at the start."""
    settings.S3 = settings.S3 | {"bucket": f"own-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"}
    doors = store.open_store()
    with contextlib.suppress(ClientError):  # the test before this one made it
        doors._s3.create_bucket(Bucket=settings.S3["bucket"])
    for key in [key for key, _ in doors.objects()]:
        doors.delete(key)
    for upload in unfinished.listed():
        doors.ask("abort_multipart_upload", Key=upload.key, UploadId=upload.number)


@pytest.fixture(scope="session", autouse=True)
def logs_are_emptied_between_tests():
    """Django empties all tables after a test with transactions of its own; for that alone the triggers stand aside."""
    plain = DatabaseOperations.execute_sql_flush

    def aside(operations, sql_list):
        tables = [table for table in NEVER_EMPTIED if any(f'"{table}"' in each for each in sql_list)]
        off, on = (
            [f"ALTER TABLE {table} {what} TRIGGER is_never_emptied" for table in tables]
            for what in ("DISABLE", "ENABLE")
        )
        plain(operations, off + sql_list + on)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", aside)
        yield


@pytest.fixture(autouse=True)
def no_limits(settings):
    """Tests ask more often than people do; those about limits turn them on."""
    settings.RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture(autouse=True)
def downloads_end(_django_db_marker, monkeypatch):
    """A download that a test leaves half read ends with the test, for its end is written into the database."""
    begun, begin = [], streams.open_stream

    def kept(*args, **kwargs):
        begun.append(begin(*args, **kwargs))
        return begun[-1]

    monkeypatch.setattr(streams, "open_stream", kept)
    yield
    for pieces in begun:
        pieces.close()
