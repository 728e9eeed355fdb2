"""A server for tests of what is put into the store, and a MOUS with its people for tests of who gets what."""

import contextlib

import pytest

from tests import make, people
from tests.scripted import TAKEN, Server


@pytest.fixture
def served():
    with contextlib.ExitStack() as open_ones:

        def serve(say=lambda number: TAKEN % number, **options):
            server = Server(say, **options)
            open_ones.callback(server.close)
            return server

        yield serve


@pytest.fixture
def mous():
    return make.mous()


@pytest.fixture
def cast(mous, settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    return people.cast(mous)
