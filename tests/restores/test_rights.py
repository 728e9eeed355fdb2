"""Work ends with the right to it: before it starts, between attempts, while CASA runs, and at the last moment."""

import pytest
from django.core import mail
from django.utils import timezone

from archive import access
from archive.errors import ArchiveError
from archive.models import AccessRecord, DelegationRole, Project
from archive.staff import Role
from products.models import Product
from restores import advance, attempts, submit
from restores.launchers import local
from restores.models import Phase, Request
from tests import make
from tests.restores.workshop import processes_below


@pytest.fixture
def friend(workshop):
    return make.user("friend")


@pytest.fixture
def mous(pi):
    return make.restorable_mous(pi=pi, stored=True)


@pytest.fixture
def delegation(mous, friend, pi):
    return make.delegation(mous.project, friend, by=pi)


@pytest.fixture
def asked(mous, friend, delegation):
    """A restore that the delegee has asked for."""
    return submit.request_restore(mous, by=friend, now=timezone.now())


def run(request):
    advance.advance(request.pk)
    request.refresh_from_db()
    return request


def revoke(delegation):
    delegation.revoked_by, delegation.revoked_at = delegation.granted_by, timezone.now()
    delegation.save()


def lower(delegation):
    """What a change of the role comes to: the old row ends, and a new one begins."""
    revoke(delegation)
    make.delegation(delegation.project, delegation.delegee, by=delegation.granted_by, role=DelegationRole.DOWNLOAD)


def expire(delegation):
    delegation.granted_at, delegation.expires_at = make.LONG_AGO, timezone.now()
    delegation.save()


def close_account(delegation):
    delegation.delegee.is_active = False
    delegation.delegee.save()


def after(monkeypatch, module, name, event):
    """Have `event` happen once, right after the function has done its work."""
    real, done = getattr(module, name), []

    def changed(*args, **kwargs):
        result = real(*args, **kwargs)
        if not done:
            done.append(event())
        return result

    monkeypatch.setattr(module, name, changed)


def assert_nothing_came_of(request, workshop):
    assert request.phase == Phase.ERROR
    assert request.error_sentence
    assert not Product.objects.filter(request_id=request.pk).exists()
    assert processes_below(workshop.scratch) == []
    assert not list(workshop.scratch.glob("*-*"))


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (revoke, "proprietary"),
        (lower, "download-only"),
        (expire, "proprietary"),
        (close_account, "account-needed"),
    ],
)
def test_who_loses_the_right_while_waiting_has_nothing_started(asked, delegation, workshop, monkeypatch, end, code):
    monkeypatch.setattr(local, "submit", None)
    end(delegation)

    run(asked)

    assert (asked.error_code, asked.attempt, asked.started_at) == (code, 0, None)
    assert_nothing_came_of(asked, workshop)
    told = [] if end is close_account else ["friend@example.org"]  # no letter goes to a closed account
    assert [letter.to for letter in mail.outbox] == [[address] for address in told]
    assert all(asked.error_sentence in letter.body for letter in mail.outbox)


def test_who_loses_the_right_while_inputs_are_copied_has_no_casa_started(asked, delegation, workshop, monkeypatch):
    monkeypatch.setattr(local, "submit", None)
    after(monkeypatch, attempts.staging, "stage", lambda: revoke(delegation))

    run(asked)

    assert asked.error_code == "proprietary"
    assert_nothing_came_of(asked, workshop)


def test_who_loses_the_right_after_a_crash_has_no_second_attempt(asked, delegation, workshop, monkeypatch):
    workshop.plan(crashes=1)
    after(monkeypatch, attempts, "crashed", lambda: revoke(delegation))

    run(asked)

    assert (asked.error_code, asked.attempt) == ("proprietary", 1)
    assert_nothing_came_of(asked, workshop)


def test_casa_is_ended_when_the_right_to_its_work_ends(asked, delegation, workshop, monkeypatch):
    workshop.plan(seconds=600)
    monkeypatch.setattr(attempts, "WATCH_SECONDS", 0)
    run(asked)
    assert asked.phase == Phase.EXECUTING
    assert processes_below(workshop.scratch)

    revoke(delegation)
    run(asked)

    assert asked.error_code == "proprietary"
    assert_nothing_came_of(asked, workshop)


@pytest.mark.parametrize("moment", ["when CASA has ended", "when the result is stored"])
def test_who_loses_the_right_in_the_end_gets_nothing_delivered(asked, delegation, workshop, monkeypatch, moment):
    module, name = {
        "when CASA has ended": (advance.attempts, "watch"),
        "when the result is stored": (advance.results, "keep"),
    }[moment]
    after(monkeypatch, module, name, lambda: revoke(delegation))

    run(asked)

    assert (asked.error_code, asked.attempt) == ("proprietary", 1)
    assert_nothing_came_of(asked, workshop)


def test_to_whom_the_project_is_hidden_now_nothing_is_named(asked, delegation, workshop, mous):
    Project.objects.filter(pk=mous.project.pk).update(confidential=True)
    revoke(delegation)

    run(asked)

    assert asked.error_code == "access-ended"
    told = asked.error_sentence + asked.error_remedy + "".join(asked.history.values_list("note", flat=True))
    [letter] = mail.outbox
    for name in (mous.uid, mous.name, mous.project.code, mous.project.title, "NGC1052"):
        assert name not in told + letter.subject + letter.body


# What is written down


def log():
    return [(record.what, record.person_name, record.rule) for record in AccessRecord.objects.all()]


def test_a_request_is_written_down_with_the_delegation_that_allowed_it(asked, delegation, mous):
    record = AccessRecord.objects.get()

    assert (record.what, record.person, record.mous) == ("restore", delegation.delegee, mous)
    assert (record.rule, record.delegation, record.subject) == ("delegation", delegation, asked.pk)
    assert record.name == f"restore {asked.pk}"


def test_images_are_written_down_too(mous, pi, workshop):
    made = submit.request_image(mous, {"mous": mous.uid, "source": "NGC1052"}, by=pi, now=timezone.now())

    assert log() == [("image", "pi", "PI")]
    assert AccessRecord.objects.get().subject == made.pk


def test_work_for_staff_is_written_down_with_their_assignment(mous, pi, workshop):
    reducer = make.staff("reducer", Role.DATA_REDUCER)
    given = make.assignment(mous.project, reducer, by=pi)

    submit.request_restore(mous, by=reducer, now=timezone.now())

    assert log() == [("restore", "reducer", "assignment")]
    assert AccessRecord.objects.get().assignment == given


def test_who_may_only_download_is_refused_and_leaves_no_record(mous, pi, friend):
    make.delegation(mous.project, friend, by=pi, role=DelegationRole.DOWNLOAD)

    with pytest.raises(access.DownloadOnlyError):
        submit.request_restore(mous, by=friend, now=timezone.now())

    assert (log(), Request.objects.count()) == ([], 0)


def test_a_request_that_cannot_be_written_down_is_not_made(mous, pi, workshop, monkeypatch):
    def broken(*args, **kwargs):
        raise ArchiveError("The log is full.")

    monkeypatch.setattr(submit.rights, "record", broken)

    with pytest.raises(ArchiveError):
        submit.request_restore(mous, by=pi, now=timezone.now())

    assert (log(), Request.objects.count()) == ([], 0)
