"""What tests of the engine share: see `workshop.py`."""

import pytest
from django.db import connection
from django.utils import timezone

from restores import submit
from tests import make
from tests.restores.workshop import Workshop


@pytest.fixture
def workshop(transactional_db, tmp_path, settings):
    """Workers and a child program on the test database, with an empty queue."""
    place = Workshop(tmp_path)
    settings.CASA_DIR = place.casa_dir
    settings.SCRATCH_DIR = place.scratch
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
    yield place
    place.close()


@pytest.fixture
def pi(transactional_db):
    return make.user("pi")


@pytest.fixture
def restore(workshop, pi):
    """A queued restore of two small blocks whose files lie in the object store."""
    mous = make.restorable_mous(pi=pi, stored=True)
    return submit.request_restore(mous, by=pi, now=timezone.now())
