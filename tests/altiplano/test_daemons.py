"""The demo's processes: the web service and, beside it, the one for files."""

import os
import socket
import urllib.request

import pytest
from django.conf import settings
from django.urls import reverse

from altiplano.demo import daemons
from altiplano.stack import supervisor
from altiplano.stack.errors import PortInUseError, StackError
from altiplano.stack.layout import from_environment
from products.tickets import PARAMETER
from tests import make, people, service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """A place for records and logs of its own; the servers are those of the tests."""
    for variable in ("ALTIPLANO_PORT", "ALTIPLANO_FILES_PORT"):
        monkeypatch.setenv(variable, str(service.free_port()))
    monkeypatch.setenv("ALTIPLANO_SECRET_KEY", settings.SECRET_KEY)
    external = {
        "ALTIPLANO_VAR": str(tmp_path),
        "ALTIPLANO_S3_ENDPOINT": settings.S3["endpoint"],
        "ALTIPLANO_S3_ACCESS_KEY_ID": settings.S3["access_key_id"],
        "ALTIPLANO_S3_SECRET_ACCESS_KEY": settings.S3["secret_access_key"],
    }
    made = from_environment(os.environ | service.environment() | external)
    yield made
    supervisor.stop_all(made)


def test_files_come_from_a_process_of_their_own_that_stop_ends(layout):
    pi = make.user("pi")
    product = make.product(make.mous(pi=pi), content=b"visibilities")
    daemons.start_web(layout)
    daemons.start_files(layout)
    daemons.start_files(layout)  # it runs: nothing to do

    asked = urllib.request.Request(daemons.site_url() + reverse("product-file", args=[product.pk]))
    asked.add_unredirected_header("Authorization", people.token(pi))
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert answer.url.startswith(f"{daemons.files_url()}/")
        assert f"?{PARAMETER}=" in answer.url
        assert answer.read() == b"visibilities"

    assert sorted(supervisor.stop_all(layout)) == ["files", "web"]
    assert supervisor.running(layout) == {}


def test_a_port_that_is_taken_is_said_with_its_variable(layout, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("ALTIPLANO_FILES_PORT", str(other.getsockname()[1]))

        with pytest.raises(PortInUseError, match=r"process for files needs.*ALTIPLANO_FILES_PORT"):
            daemons.start_files(layout)


@pytest.mark.parametrize("text", ["80", "files", "70000"])
def test_a_port_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("ALTIPLANO_FILES_PORT", text)

    with pytest.raises(StackError, match="ALTIPLANO_FILES_PORT is"):
        daemons.files_port()
