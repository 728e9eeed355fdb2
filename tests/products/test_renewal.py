"""Who took a version that another took the place of is told: what changed, why, once, and no more than she may know."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from archive import access_log, recall
from archive.errors import TransientError
from archive.models import MemberOUS, Notice
from archive.staff import Role
from products import download, renewal, versions
from products.ingest import ingest_delivery
from products.models import IngestRun, Product
from tests import deliveries, make, people

pytestmark = pytest.mark.django_db(transaction=True)
CALTABLES = f"member.{deliveries.MOUS}.session_2.caltables.tgz"
QA3 = "QA3: the flux scale was wrong"


@pytest.fixture
def mous(tmp_path):
    ingest_delivery(deliveries.write(tmp_path))
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    mail.outbox.clear()
    return MemberOUS.objects.get(uid=deliveries.archive_form(deliveries.MOUS))


def caltables(version=1):
    return Product.objects.get(name=CALTABLES, version=version)


def take(file, who):
    now = timezone.now()
    return download.record(access_log.What.DOWNLOAD, file, by=who, now=now, bytes_asked=file.size)


def deliver_again(tmp_path, *, without=(), content=b"better caltables", reason=QA3, **options):
    again = tmp_path / f"again-{len(list(tmp_path.iterdir()))}"
    again.mkdir()
    files = deliveries.auxiliary() | {f"calibration/{CALTABLES}": content}
    files = {name: content for name, content in files.items() if name.rpartition("/")[2] not in without}
    tar = deliveries.tar(again / deliveries.AUXILIARY_TAR, files)
    (report,) = ingest_delivery([tar], reason=reason, **options)
    return report


def letters(name):
    return [letter for letter in mail.outbox if letter.to == [f"{name}@example.org"]]


def test_who_took_version_1_is_told_what_changed_and_why(mous, tmp_path):
    take(caltables(), make.user("reader"))
    take(caltables(), make.user("reader"))
    take(caltables(), AnonymousUser())

    deliver_again(tmp_path)

    (letter,) = letters("reader")
    assert f"calibration/{CALTABLES}, version 1: version 2 is in force now" in letter.body
    assert QA3 in letter.body
    assert mous.get_absolute_url() in letter.body
    assert mous.uid not in letter.subject


def test_who_took_what_did_not_change_or_nothing_is_not_told(mous, tmp_path):
    take(Product.objects.exclude(name=CALTABLES).first(), make.user("other"))
    make.user("stranger")

    deliver_again(tmp_path)

    assert mail.outbox == []


def test_the_same_delivery_again_tells_nobody_again_and_a_third_version_who_took_the_second(mous, tmp_path):
    take(caltables(), make.user("first"))
    deliver_again(tmp_path)
    deliver_again(tmp_path)
    take(caltables(2), make.user("second"))
    deliver_again(tmp_path, content=b"best caltables")

    assert len(letters("first")) == 1
    (letter,) = letters("second")
    assert "version 2: version 3 is in force now" in letter.body


def test_who_took_a_file_that_a_re_reduction_leaves_out_is_told(mous, tmp_path):
    file = left_out()
    take(file, make.user("reader"))

    deliver_again(tmp_path, without=[file.name], content=b"the caltables")

    (letter,) = letters("reader")
    assert f"{file.name}, version 1: it is no longer among the files of this MOUS" in letter.body


def left_out():
    return Product.objects.exclude(directory="product").exclude(role="raw").exclude(name=CALTABLES).last()


def test_no_letters_where_they_are_switched_off(mous, tmp_path):
    take(caltables(), make.user("reader"))

    deliver_again(tmp_path, letters=False)

    assert not Notice.objects.filter(person__username="reader").exists()


def test_who_may_not_have_the_data_by_now_is_not_told_why(mous, tmp_path):
    take(caltables(), make.user("reader"))
    MemberOUS.objects.update(release_at=make.NEVER)

    deliver_again(tmp_path)

    (letter,) = letters("reader")
    assert "version 2 is in force now" in letter.body
    assert QA3 not in letter.body


def test_from_whom_the_project_is_hidden_by_now_is_told_nothing(mous, tmp_path):
    take(caltables(), make.user("reader"))
    type(mous.project).objects.update(confidential=True)

    deliver_again(tmp_path)

    assert not Notice.objects.filter(person__username="reader").exists()


def test_the_pi_who_took_some_gets_one_letter_that_tells_of_both(mous, tmp_path):
    mous.gous.project.pi = make.account(make.user("pi"))
    mous.gous.project.save()
    take(caltables(), make.user("pi"))

    deliver_again(tmp_path)

    (letter,) = letters("pi")
    assert "version 2 is in force now" in letter.body
    assert "1 changed file" in letter.body


def test_an_ingestion_that_fails_tells_nobody(mous, tmp_path, monkeypatch):
    take(caltables(), make.user("reader"))
    monkeypatch.setattr("products.runs.Run.done", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        deliver_again(tmp_path)

    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_what_was_recalled_does_not_come_back_as_an_old_version(mous, tmp_path):
    take(caltables(), make.user("reader"))
    scientist = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    why = {"by": scientist, "reason": "data of another project", "now": timezone.now()}
    recall.recall(mous, **why)
    mail.outbox.clear()

    deliver_again(tmp_path)
    recall.undo(mous, **why)

    assert caltables(1).withdrawn_reason == "recalled: data of another project"
    assert caltables(2).withdrawn_at is None
    (letter,) = [letter for letter in letters("reader") if "version 2" in letter.body]
    assert QA3 not in letter.body
    assert "stay where they were" not in letter.body


def test_archive_scientists_see_who_had_taken_what_a_run_replaced(mous, tmp_path):
    take(caltables(), make.user("reader"))
    take(caltables(), AnonymousUser())
    take(left_out(), make.user("other"))
    deliver_again(tmp_path)
    page = reverse("ingest", args=[IngestRun.objects.first().pk])

    scientist = people.client(make.staff("astrid", Role.ARCHIVE_SCIENTIST))

    told = scientist.get(page).content.decode()
    assert "reader download" in told
    assert "without an account download" in told
    assert "other" not in told.partition("Who had taken")[2].partition("</details>")[0]
    table = b"".join(scientist.get(f"{page}?taken=csv")).decode().splitlines()
    assert len(table) == 3
    operator = people.client(make.staff("omar", Role.OPERATOR))
    assert "Who had taken" not in operator.get(page).content.decode()
    assert "reader" not in operator.get(f"{page}?taken=csv").content.decode()


def test_nothing_is_taken_while_the_letters_are_written(mous):
    """A download waits for the end of the ingestion, and then is one of a version that says what took its place."""
    file, reader = caltables(), make.user("reader")
    with transaction.atomic(), ThreadPoolExecutor(1) as elsewhere:
        renewal.paragraphs(mous, versions.Change.now(QA3))
        with pytest.raises(TransientError):
            elsewhere.submit(take_at_once, file, reader).result()

    assert take(file, reader).pk


def take_at_once(file, who):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        return take(file, who)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")  # the pool gives this connection to somebody who may wait
        connection.close()
