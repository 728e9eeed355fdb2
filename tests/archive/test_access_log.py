"""The access log as the PI of a project is told it: one row for each thing that happened, newest first."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError

from archive import access, access_log
from archive.errors import TransientError
from archive.models import AccessRecord
from tests import make

pytestmark = pytest.mark.django_db
DOWNLOAD = access_log.What.DOWNLOAD


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    return make.mous(pi=pi)


def write(mous, by, what=DOWNLOAD, name="notes.txt", **grant):
    ground = access.Ground(access.Rule.DELEGATION, **grant)
    return access_log.write(what, mous, by=by, ground=ground, subject=uuid.uuid4(), name=name, bytes_asked=10)


def test_beginning_and_end_are_one_event(mous, pi):
    friend = make.user("friend")
    grant = make.delegation(mous.project, friend, by=pi)
    begun = write(mous, friend, delegation=grant)
    end = access_log.ended(begun, bytes_sent=7, outcome=access_log.LEFT)

    [event] = access_log.of_project(mous.project)

    assert (event.id, event.what, event.person, event.person_name) == (begun.pk, "download", friend, "friend")
    assert (event.mous, event.name, event.rule, event.delegation) == (mous, "notes.txt", "delegation", grant)
    assert (event.bytes_asked, event.bytes_sent, event.outcome) == (10, 7, "left")
    begun.refresh_from_db()
    end.refresh_from_db()
    assert (event.at, event.ended_at) == (begun.at, end.at)


def test_a_download_that_has_not_ended_says_nothing_of_its_end(mous, pi):
    write(mous, pi)

    [event] = access_log.of_project(mous.project)

    assert (event.bytes_sent, event.outcome, event.ended_at) == (None, "", None)


def test_pages_follow_each_other_whatever_ends_or_begins_meanwhile(mous, pi):
    rows = [write(mous, pi, name=f"file {number}") for number in range(5)]
    first = access_log.of_project(mous.project, size=2)
    access_log.ended(rows[0], bytes_sent=10, outcome=access_log.COMPLETE)
    write(mous, pi, name="newer")

    second = access_log.of_project(mous.project, before=first[-1].id, size=2)
    third = access_log.of_project(mous.project, before=second[-1].id, size=2)

    assert [event.name for event in first + second + third] == [f"file {number}" for number in (4, 3, 2, 1, 0)]
    assert third[0].outcome == "complete"


def test_the_whole_log_is_told_page_by_page(mous, pi):
    rows = [write(mous, pi).pk for _ in range(access_log.PAGE + 5)]

    assert [event.id for event in access_log.whole_of_project(mous.project)] == rows[::-1]


def test_of_other_projects_nothing_is_told(mous, pi):
    other = make.mous("uid://A001/X3621/X999", code="2023.1.00999.S")
    write(other, pi)

    assert access_log.of_project(mous.project) == []


def test_a_page_takes_as_many_queries_as_a_row(mous, pi, django_assert_num_queries):
    friend = make.user("friend")
    grant = make.delegation(mous.project, friend, by=pi)
    for _ in range(20):
        access_log.ended(write(mous, friend, delegation=grant), bytes_sent=10, outcome=access_log.COMPLETE)

    with django_assert_num_queries(2):
        told = [
            (event.person.username, event.mous.uid, event.delegation.pk)
            for event in access_log.of_project(mous.project)
        ]

    assert len(told) == 20


def test_who_has_no_account_has_no_name(mous):
    write(mous, AnonymousUser())

    assert AccessRecord.objects.values_list("person", "person_name").get() == (None, "")


def test_a_log_that_cannot_be_written_is_a_reason_to_wait(mous, pi, monkeypatch):
    def full(**facts):
        raise DatabaseError("no space left on the device")

    monkeypatch.setattr(AccessRecord.objects, "create", full)

    with pytest.raises(TransientError, match="cannot be written"):
        write(mous, pi)
