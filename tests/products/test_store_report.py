"""What the store can do is kept for staff, logged, and told by `preflight`; a silent store keeps nobody from work."""

import json
import logging

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from archive.staff import Role
from products import store_report
from products.capabilities import Capabilities
from tests import make, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_bucket")]
NOWHERE = "http://127.0.0.1:9"


def page():
    return people.client(make.staff("omar", Role.OPERATOR)).get(reverse("keeping")).content.decode()


def test_it_is_kept_for_all_processes():
    assert store_report.last() is None

    made = store_report.make(timezone.now())

    assert store_report.last() == made
    assert made.found == Capabilities(True, True, True, True, True, "off")


def test_a_store_that_does_not_answer_is_reported_as_that(settings, caplog):
    settings.S3 = settings.S3 | {"endpoint": NOWHERE}

    with caplog.at_level(logging.WARNING):
        report = store_report.make(timezone.now())

    assert report.found is None
    assert "cannot be reached" in store_report.last().problem
    assert "cannot be reached" in caplog.text


def test_what_an_operator_should_know_of_is_logged(monkeypatch, caplog):
    monkeypatch.setattr(store_report, "probe", lambda store: Capabilities(False, True, True, True, True, "on"))

    with caplog.at_level(logging.WARNING):
        store_report.make(timezone.now())

    assert "does not verify checksums" in caplog.text
    assert "keeps versions" in caplog.text


def test_staff_read_what_it_can_do():
    assert "Nobody has asked yet" in page()

    store_report.make(timezone.now())

    assert "<dt>refuses an object whose checksum is wrong</dt><dd>yes</dd>" in page()
    assert "<dt>keeps versions of objects</dt><dd>off</dd>" in page()


def test_preflight_without_a_mous_tells_what_the_store_can_do(capsys):
    call_command("preflight")
    assert "refuses to write over an object when asked to: yes" in capsys.readouterr().out

    call_command("preflight", json=True)
    assert json.loads(capsys.readouterr().out)["store"]["conditions"] is True


def test_preflight_of_a_silent_store_fails_in_plain_words(capsys, settings):
    settings.S3 = settings.S3 | {"endpoint": NOWHERE}

    with pytest.raises(SystemExit):
        call_command("preflight")

    assert "cannot be reached" in capsys.readouterr().out


def test_access_is_judged_to_a_mous_alone():
    with pytest.raises(CommandError, match="name one"):
        call_command("preflight", user="vega")
