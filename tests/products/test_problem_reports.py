"""A reader reports a problem: it is kept with what was known, staff answer, and nobody else reads of it."""

import smtplib

import pytest
from django.core import mail
from django.urls import reverse

from archive import problems
from archive.errors import TransientError
from archive.models import Finding, MemberOUS, ProblemReport, Project
from archive.staff import Role
from products import problems as reporting
from products.store import Store, open_store
from tests import make, people

pytestmark = pytest.mark.django_db
TEXT = "The second execution block is missing.\n<b>I know</b> it from the proposal tool."


@pytest.fixture
def mous():
    return make.restorable_mous(pi=make.user("pi"), stored=True)


@pytest.fixture
def reader():
    return people.client(make.user("vega"))


@pytest.fixture
def operator():
    return people.client(make.staff("ops", Role.OPERATOR))


def address(mous):
    return reverse("report", args=[mous.name])


def send(client, mous, text=TEXT):
    return client.post(address(mous), {"text": text})


def text(answer):
    return answer.content.decode()


def reported(mous, **facts):
    made = {"reporter": make.user("vega"), "text": TEXT, "snapshot": {}, "found": []}
    return ProblemReport.objects.create(mous=mous, **made | facts)


def answered(client, report, words="It is there now."):
    return client.post(reverse("problem", args=[report.pk]), {"answer": words})


def test_the_page_of_a_mous_leads_to_the_form(mous, reader):
    assert f'href="{address(mous)}"' in text(people.client(None).get(mous.get_absolute_url()))
    assert 'name="text"' in text(reader.get(address(mous)))


def test_who_has_no_account_is_asked_to_log_in(mous):
    for answer in (people.client(None).get(address(mous)), send(people.client(None), mous)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")
    assert not ProblemReport.objects.exists()


def test_a_report_is_kept_with_what_was_known_and_what_the_check_said(mous, reader):
    file = mous.products.get(role="caltables", name__contains="session_2")
    open_store().delete(file.key)

    answer = reader.post(address(mous), {"text": TEXT}, follow=True)

    row = ProblemReport.objects.get()
    assert (row.mous, row.reporter.username, row.text) == (mous, "vega", TEXT)
    assert [block["uid"] for block in row.snapshot["blocks"]] == sorted([make.FIRST_EB, make.SECOND_EB])
    kept = {each["id"]: (each["size"], each["sha256"]) for each in row.snapshot["files"]}
    assert kept == {str(each.pk): (each.size, each.sha256) for each in mous.products.all()}
    assert row.snapshot["calibration"]["version"] == 1
    assert row.snapshot["index_rows"] == 0
    assert ("object-missing", str(file.pk)) in {(fault["code"], fault["subject"]) for fault in row.found}
    assert f"Your report {row.pk} is with the archive" in text(answer)
    assert "&lt;b&gt;I know&lt;/b&gt;" in text(answer)


def test_a_reader_reads_nothing_of_findings(mous, reader):
    Finding.objects.create(mous=mous, code="missing-raw", sentence="Raw data are missing.")

    page = text(reader.post(address(mous), {"text": TEXT}, follow=True))

    assert ProblemReport.objects.get().found
    assert not any(fault["sentence"] in page or fault["code"] in page for fault in ProblemReport.objects.get().found)
    assert "Raw data are missing." not in page


def test_what_is_for_the_pi_alone_is_not_in_the_snapshot(mous, reader):
    MemberOUS.objects.filter(pk=mous.pk).update(qa2_comment="The PI alone reads this.")

    send(reader, mous)

    assert "The PI alone" not in str(ProblemReport.objects.get().snapshot)


def test_nobody_reads_the_reports_of_another_reader(mous, reader):
    send(reader, mous)

    assert "second execution block" in text(reader.get(address(mous)))
    for other in ("pi", "orion"):
        assert "second execution block" not in text(people.client(make.user(other)).get(address(mous)))


@pytest.mark.parametrize(("said", "code"), [(" \0\n", "empty"), ("x" * 4001, "4001 characters")])
def test_a_report_that_cannot_be_kept_is_refused_with_a_sentence(mous, reader, said, code):
    answer = send(reader, mous, said)

    assert answer.status_code == 400
    assert code in text(answer)
    assert not ProblemReport.objects.exists()


def test_one_reader_reports_no_more_than_twenty_problems_a_day(mous, reader, monkeypatch):
    monkeypatch.setattr(reporting, "MOST_A_DAY", 2)
    for _ in range(2):
        assert send(reader, mous).status_code == 302

    assert send(reader, mous).status_code == 429
    assert ProblemReport.objects.count() == 2


def test_a_store_that_does_not_answer_stops_no_report(mous, reader, monkeypatch):
    def silent(store, key):
        raise TransientError("The object store cannot be reached")

    monkeypatch.setattr(Store, "size", silent)

    assert send(reader, mous).status_code == 302
    assert ProblemReport.objects.get().found[-1]["code"] == "store-not-asked"


def test_reporting_writes_down_and_settles_no_finding(mous, reader):
    Finding.objects.create(mous=mous, code="sb-name-differs", sentence="It differed.")

    send(reader, mous)

    assert list(Finding.objects.values_list("code", "settled_at")) == [("sb-name-differs", None)]


def test_staff_read_all_of_a_report(mous, reader, operator):
    send(reader, mous)

    page = text(operator.get(reverse("problem", args=[ProblemReport.objects.get().pk])))

    for word in ("vega", "second execution block", make.FIRST_EB, "not-searchable", "session_2.caltables.tgz"):
        assert word in page


def test_staff_answer_once_and_the_reader_is_told(mous, reader, operator, django_capture_on_commit_callbacks):
    report = reported(mous)
    with django_capture_on_commit_callbacks(execute=True):
        assert answered(operator, report).status_code == 302

    report.refresh_from_db()
    assert (report.answer, report.settled_by.username) == ("It is there now.", "ops")
    (letter,) = mail.outbox
    assert letter.to == ["vega@example.org"]
    assert mous.uid not in letter.subject
    assert "It is there now." in letter.body
    assert f"{address(mous)}\n" in letter.body
    assert "It is there now." in text(reader.get(address(mous)))
    assert answered(operator, report, "Again.").status_code == 409
    assert answered(operator, reported(mous), "").status_code == 400


def test_who_may_not_see_findings_answers_none(mous):
    report = reported(mous)
    for person in (make.user("pi"), make.staff("admin", Role.ADMINISTRATOR)):
        assert answered(people.client(person), report).status_code == 403

    report.refresh_from_db()
    assert report.settled_at is None


def test_a_letter_waits_until_the_mail_server_takes_it(mous, monkeypatch):
    report = reported(mous, answer="It is there.", settled_at=make.NOW, settled_by=make.user("ops"))

    def refuse(*args, **kwargs):
        raise smtplib.SMTPException("busy")

    with monkeypatch.context() as patch:
        patch.setattr(problems, "send_mail", refuse)
        problems.send_waiting()
    report.refresh_from_db()
    assert report.told_at is None

    problems.send_waiting()
    problems.send_waiting()
    assert len(mail.outbox) == 1


def test_who_may_not_know_of_the_mous_any_more_is_not_written_to(mous):
    reported(mous, answer="It is there.", settled_at=make.NOW, settled_by=make.user("ops"))
    Project.objects.update(confidential=True)

    problems.send_waiting()

    assert mail.outbox == []
    assert not ProblemReport.objects.filter(told_at=None).exists()


def test_a_hidden_mous_takes_no_report(mous, reader, operator):
    report = reported(mous)
    Project.objects.update(confidential=True)

    assert reader.get(address(mous)).status_code == send(reader, mous).status_code == 404
    assert operator.get(reverse("problem", args=[report.pk])).status_code == 404
    assert answered(operator, report).status_code == 404
