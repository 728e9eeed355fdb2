"""No line of a log holds the secret of an invitation, whoever asks for it, and however the line was made."""

import io
import logging

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from tests import make, people

SECRET = "kJ3-x_9Qh27bWvTz0aLmNc"
PATH = f"/invitations/{SECRET}/"


@pytest.fixture
def lines():
    """What the handler of the settings would write."""
    facts = settings.LOGGING["formatters"]["json"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(import_string(facts["()"])(facts["format"], style=facts["style"]))
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_link_that_is_refused_is_logged_without_its_secret(client, lines):
    people.client(make.user("vega")).post(reverse("invitation", args=[SECRET]))
    client.post(reverse("invitation", args=[SECRET]))

    assert "/invitations/.../" in lines.getvalue()
    assert SECRET not in lines.getvalue()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"Forbidden: {PATH}", "Forbidden: /invitations/.../"),
        (f"GET /login/?next={PATH}&x=1", "GET /login/?next=/invitations/.../&x=1"),
        (f"GET /login/?next=%2Finvitations%2F{SECRET}%2F", "GET /login/?next=%2Finvitations%2F..."),
        (f"https://archive.example.org{PATH}", "https://archive.example.org/invitations/.../"),
        ("DELETE /api/invitations/12/", "DELETE /api/invitations/12/"),
    ],
)
def test_the_secret_is_cut_out_of_every_line(lines, said, written):
    log = logging.getLogger("anything")
    log.warning("%s", said)
    try:
        raise ValueError(said)
    except ValueError:
        log.exception(said, extra={"request": said})

    assert SECRET not in lines.getvalue()
    assert written in lines.getvalue()
