"""The log as the PI sees it: who took what, how much of it, and by which right; on her page and as a table."""

import csv
import io
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from archive import access, access_log
from archive.models import AccessRecord
from tests import make, people

What = AccessRecord.What
pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


@pytest.fixture
def pi(mous):
    return people.client(make.user("pi"))


@pytest.fixture
def page(mous):
    return reverse("access", args=[mous.project.code])


def text(answer):
    """What is read on a page, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def took(mous, person, name="cube.fits", *, sent=None, what=What.DOWNLOAD):
    """A download of 1000 bytes in the log, of which `sent` were sent; None: it has not ended."""
    known = access.ground(person, mous, timezone.now())
    record = access_log.write(what, mous, by=person, ground=known, subject=uuid.uuid4(), name=name, bytes_asked=1000)
    if sent is not None:
        access_log.ended(record, bytes_sent=sent, outcome=access_log.COMPLETE if sent == 1000 else access_log.LEFT)
    return record


def test_the_log_says_who_took_what_and_by_which_right(mous, pi, page):
    friend = make.user("friend")
    granted = make.delegation(mous.project, friend, by=make.user("pi"))
    took(mous, friend, "first.fits", sent=250)
    took(mous, make.user("pi"), "second.fits", sent=1000)
    took(mous, friend, "third.fits")

    answer = pi.get(page)

    log = text(answer).split("Downloads and requests")[1]
    assert log.index("third.fits") < log.index("second.fits") < log.index("first.fits")
    assert "250 B of 1 kB, left" in log
    assert "1 kB of 1 kB, complete" in log
    assert "not ended, of 1 kB" in log
    assert answer.content.decode().count(f'href="#delegation-{granted.pk}"') == 2
    assert f'id="delegation-{granted.pk}"' in answer.content.decode()


def test_the_log_of_one_person(mous, pi, page):
    for name in ("friend", "other"):
        make.delegation(mous.project, make.user(name), by=make.user("pi"))
        took(mous, make.user(name), f"of_{name}.fits", sent=1000)

    one, file = (
        pi.get(page, {"person": "friend"}),
        pi.get(reverse("access-log", args=["2023.1.00101.S"]), {"person": "friend"}),
    )

    assert "of_friend.fits" in text(one)
    assert "of_other.fits" not in text(one)
    assert [row["name"] for row in table(file)] == ["of_friend.fits"]


def test_the_log_has_pages(mous, pi, page, monkeypatch):
    monkeypatch.setattr(access_log, "PAGE", 2)
    monkeypatch.setattr(access_log.of_project, "__kwdefaults__", access_log.of_project.__kwdefaults__ | {"size": 2})
    for number in range(5):
        took(mous, make.user("pi"), f"file{number}.fits", sent=1000)

    seen, address = [], page
    while address:
        html = pi.get(address).content.decode()
        seen += re.findall(r"of (file\d)", html)
        older = re.search(r'href="(\?before=\d+)#log">Older', html)
        address = older and page + older[1]

    assert seen == [f"file{number}" for number in reversed(range(5))]
    for odd in ("x", "-1", "9" * 40, "²"):
        assert pi.get(page, {"before": odd}).status_code == 200


def table(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_the_whole_log_is_saved_as_a_table_that_runs_nothing(mous, pi):
    evil = make.user("=cmd|' /C calc'!A0")
    make.delegation(mous.project, evil, by=make.user("pi"))
    took(mous, evil, '@SUM(1+1),"x"\n.fits', sent=1000)
    took(mous, evil, " -1+1.fits", what=What.RESTORE)

    answer = pi.get(reverse("access-log", args=[mous.project.code]))
    restored, downloaded = table(answer)

    assert "attachment" in answer["Content-Disposition"]
    assert downloaded["account"] == "'=cmd|' /C calc'!A0"
    assert downloaded["name"] == '\'@SUM(1+1),"x"\n.fits'
    assert restored["name"] == "' -1+1.fits"
    assert (downloaded["bytes asked"], downloaded["bytes sent"], downloaded["outcome"]) == ("1000", "1000", "complete")
    assert (downloaded["allowed by"], downloaded["mous"]) == ("delegation", mous.uid)
