"""Uploads that nobody ends are found, however many, and those that are under way are left alone."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from archive.errors import TransientError
from products import unfinished
from products.store import Store, open_store

pytestmark = pytest.mark.usefixtures("own_bucket")
LATER = timedelta(hours=30)  # longer than uploads may be silent


def begin(name="cube.fits"):
    return open_store().ask("create_multipart_upload", Key=open_store().new_key(name))


def send(upload, number=1):
    open_store().ask(
        "upload_part", Key=upload["Key"], UploadId=upload["UploadId"], PartNumber=number, Body=b"the next piece"
    )


def numbers():
    return {upload.number for upload in unfinished.listed()}


def test_all_are_seen_also_those_beyond_the_first_page(monkeypatch):
    monkeypatch.setattr(unfinished, "PAGE", 3)
    begun = {begin(f"{number // 2}.fits")["UploadId"] for number in range(11)}

    assert numbers() == begun
    assert unfinished.abandon_dead(timezone.now() + LATER) == 11
    assert numbers() == set()


def test_two_uploads_of_one_key_are_two(monkeypatch):
    monkeypatch.setattr(unfinished, "PAGE", 1)
    key = open_store().new_key("cube.fits")
    begun = {open_store().ask("create_multipart_upload", Key=key)["UploadId"] for _ in range(3)}

    assert numbers() == begun


def test_what_others_upload_into_the_bucket_is_theirs():
    upload = open_store().ask("create_multipart_upload", Key="of-others/cube.fits")
    try:
        assert unfinished.abandon_dead(timezone.now() + LATER) == 0
    finally:
        open_store().ask("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])


def test_a_young_one_is_left_alone():
    begun = begin()

    assert unfinished.abandon_dead(timezone.now() + timedelta(hours=23)) == 0
    assert numbers() == {begun["UploadId"]}


def test_one_that_began_days_ago_and_got_a_part_within_the_hours_is_under_way(monkeypatch):
    """As a file of terabytes is; all of its parts count, not those of the first page."""
    monkeypatch.setattr(unfinished, "PAGE", 1)
    under_way, dead = begin(), begin()
    for number in (1, 2):
        send(under_way, number)
    send(dead)
    began_long_ago(monkeypatch, {under_way["UploadId"], dead["UploadId"]})
    parts_of_long_ago(monkeypatch, {(dead["UploadId"], 1), (under_way["UploadId"], 1)})

    assert unfinished.abandon_dead(timezone.now()) == 1

    assert numbers() == {under_way["UploadId"]}


def began_long_ago(monkeypatch, which):
    _told(monkeypatch, "list_multipart_uploads", "Uploads", "Initiated", lambda entry, _: entry["UploadId"] in which)


def parts_of_long_ago(monkeypatch, which):
    def is_one(entry, params):
        return (params["UploadId"], entry["PartNumber"]) in which

    _told(monkeypatch, "list_parts", "Parts", "LastModified", is_one)


def _told(monkeypatch, verb, entries, time, is_one):
    """The server does not let us set its clock: what it tells of these entries is older by ten days."""
    plain = Store.pages

    def pages(self, asked, most=1000, **params):
        for page in plain(self, asked, most, **params):
            for entry in page.get(entries, []) if asked == verb else ():
                if is_one(entry, params):
                    entry[time] -= timedelta(days=10)
            yield page

    monkeypatch.setattr(Store, "pages", pages)


def test_the_hours_are_a_setting(settings):
    settings.UPLOAD_HOURS = 48
    begin()

    assert unfinished.abandon_dead(timezone.now() + LATER) == 0


def test_a_dry_run_counts_and_ends_nothing():
    begun = begin()

    assert unfinished.abandon_dead(timezone.now() + LATER, dry_run=True) == 1
    assert numbers() == {begun["UploadId"]}


def test_one_that_ends_while_it_is_looked_at_is_not_counted(monkeypatch):
    upload = begin()
    plain = Store.pages

    def pages(self, verb, *args, **params):
        if verb == "list_parts":
            self.ask("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
        yield from plain(self, verb, *args, **params)

    monkeypatch.setattr(Store, "pages", pages)

    assert unfinished.abandon_dead(timezone.now() + LATER) == 0


def test_a_server_that_pages_in_circles_is_an_error_and_no_endless_sweep(monkeypatch):
    monkeypatch.setattr(unfinished, "PAGE", 1)
    for _ in range(3):
        begin()
    doors = open_store()
    doors._s3.meta.events.register("before-parameter-build.s3.ListMultipartUploads", _forget_the_marker)
    try:
        with pytest.raises(TransientError):
            list(unfinished.listed())
    finally:
        doors._s3.meta.events.unregister("before-parameter-build.s3.ListMultipartUploads", _forget_the_marker)


def _forget_the_marker(params, **_):
    params.pop("KeyMarker", None)
    params.pop("UploadIdMarker", None)


@pytest.mark.django_db
def test_the_sweep_ends_dead_uploads_and_says_how_many(settings, capsys):
    settings.UPLOAD_HOURS = -1  # what is young is dead too
    begin()
    kept = open_store().put(open_store().new_key("a"), io.BytesIO(b"whole"))

    call_command("sweep", dry_run=True)
    assert "1 unfinished uploads" in capsys.readouterr().out
    assert len(numbers()) == 1

    call_command("sweep")
    assert "1 unfinished uploads" in capsys.readouterr().out
    assert numbers() == set()
    assert b"".join(open_store().stream(kept.key)) == b"whole"
