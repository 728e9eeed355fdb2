"""A server for tests of what is put into the store."""

import contextlib

import pytest

from tests.scripted import TAKEN, Server


@pytest.fixture
def served():
    with contextlib.ExitStack() as open_ones:

        def serve(say=lambda number: TAKEN % number, **options):
            server = Server(say, **options)
            open_ones.callback(server.close)
            return server

        yield serve
