"""Selections of products as one file: who gets which, the same bytes each time, and any part of them."""

import hashlib
import io
import json
import tarfile
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from archive.access_refusals import ProprietaryError
from archive.models import AccessRecord, Delegation, MemberOUS, Project
from products import streams
from products.models import Bundle, Product
from tests import make, people

pytestmark = pytest.mark.django_db
MIB = 2**20
TREE = "2023.1.00101.S/group.uid___A001_Xa3621_X541/member.uid___A001_X3621_X541"
FILES = {
    "calibration/caltables.tgz": b"c" * 3000,
    "product/cube.fits": bytes(range(256)) * 20 * 1024,
    "README.txt": b"read me",
}


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


@pytest.fixture
def products(mous):
    made = []
    for path, content in FILES.items():
        directory, _, name = path.rpartition("/")
        made.append(make.product(mous, name, content=content, directory=directory))
    return made


def ask(client, **selection):
    return client.post(reverse("api-bundles"), selection, content_type="application/json")


def made(client, **selection):
    answer = ask(client, **selection)
    assert answer.status_code == 201, answer.content
    return answer.json()


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def archived(content, kind):
    if kind == "tar":
        with tarfile.open(fileobj=io.BytesIO(content)) as opened:
            return {one.name: opened.extractfile(one).read() for one in opened}
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


# What is in it


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_mous_comes_in_the_tree_in_which_alma_delivers(client, mous, products, kind):
    told = made(client, mous=[mous.uid])

    whole = client.get(told[kind])
    found = archived(body(whole), kind)

    assert whole["Content-Disposition"] == f"attachment; filename=2023.1.00101.S_{mous.name}.{kind}"
    assert {name: found[f"{TREE}/{name}"] for name in FILES} == FILES
    assert set(found) == {"SHA256SUMS", "manifest.json", *(f"{TREE}/{name}" for name in FILES)}
    assert (told["files"], told["size"], told["left_out"]) == (3, sum(map(len, FILES.values())), [])


def test_its_lists_are_inside_and_at_their_own_addresses(client, mous, products):
    told = made(client, mous=[mous.uid])

    found = archived(body(client.get(told["tar"])), "tar")

    assert client.get(told["sums"]).content == found["SHA256SUMS"]
    assert client.get(told["manifest"]).content == found["manifest.json"]
    lines = dict(reversed(line.split("  ")) for line in found["SHA256SUMS"].decode().splitlines())
    assert lines == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items() if name != "SHA256SUMS"
    }
    listed = json.loads(found["manifest.json"])["files"]
    assert {one["path"]: one["product"] for one in listed} == {
        f"{TREE}/{product.directory}/{product.name}".replace("//", "/"): str(product.pk) for product in products
    }


def test_products_are_chosen_one_by_one_by_role_or_by_a_search(client, mous, products):
    other = make.product(mous, "pipeline.tgz", role="weblog", content=b"w")

    assert made(client, products=[str(products[0].pk)])["files"] == 1
    assert made(client, mous=[mous.uid], roles=["weblog"])["files"] == 1
    assert made(client, mous=[mous.uid], products=[str(other.pk)])["files"] == 4
    assert ask(client, search="project=2023.1.00101.S").json()["error"]["code"] == "empty-bundle"  # nothing is indexed


@pytest.mark.parametrize(
    "asked",
    [{}, {"products": "x"}, {"products": ["x"]}, {"mous": ["nothing"]}, {"colour": 1}],
)
def test_what_cannot_be_meant_is_refused(client, asked):
    assert 400 <= ask(client, **asked).status_code < 500


def test_a_role_that_no_database_can_hold_is_refused(client, mous):
    assert ask(client, mous=[mous.uid], roles=["a\0"]).status_code == 400


def test_names_that_would_land_elsewhere_are_made_harmless(client, mous):
    for name, directory in (("../../.bashrc", "../..//x y"), ("C:\\x\n.fits", "/etc")):
        evil = make.product(mous, "evil", content=b"evil")
        Product.objects.filter(pk=evil.pk).update(name=name, directory=directory)

    names = archived(body(client.get(made(client, mous=[mous.uid])["zip"])), "zip")

    assert sorted(names)[:2] == [f"{TREE}/etc/C__x_.fits", f"{TREE}/x_y/_.._.bashrc"]


def test_two_versions_of_a_file_lie_beside_each_other(client, mous, products):
    old = products[2]
    Product.objects.filter(pk=old.pk).update(superseded_at=make.NOW)
    new = make.product(mous, old.name, content=b"newer")

    told = made(client, products=[str(old.pk), str(new.pk)])

    names = set(archived(body(client.get(told["tar"])), "tar"))
    assert told["superseded"] == 1
    assert len(names) == 4
    assert f"{TREE}/README.txt" in names


def test_a_file_that_is_called_as_a_directory_is_lies_beside_it(client, mous):
    file = make.product(mous, "A", content=b"file", directory="product")
    make.product(mous, "b", content=b"below", directory="product/a")

    names = set(archived(body(client.get(made(client, mous=[mous.uid])["tar"])), "tar"))

    assert names >= {f"{TREE}/product/{file.pk}_A", f"{TREE}/product/a/b"}


# The same bytes, and any part of them


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_it_is_the_same_each_time_and_goes_on_at_any_byte(client, mous, products, kind):
    address = made(client, mous=[mous.uid])[kind]
    head, first, second = client.head(address), client.get(address), client.get(address)
    whole = body(first)

    assert body(second) == whole
    assert int(head["Content-Length"]) == int(first["Content-Length"]) == len(whole)
    assert (head.status_code, head["Accept-Ranges"], head["ETag"]) == (200, "bytes", first["ETag"])
    for start in (0, 1, 511, 5000, len(whole) // 2, len(whole) - 1):
        part = client.get(address, headers={"Range": f"bytes={start}-", "If-Range": first["ETag"]})
        assert part.status_code == 206
        assert body(part) == whole[start:]
    assert client.get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    other = client.get(address, headers={"Range": "bytes=5-", "If-Range": '"another"'})
    assert (other.status_code, body(other)) == (200, whole)


def test_the_same_selection_is_the_same_bundle(client, mous, products):
    assert made(client, mous=[mous.uid])["id"] == made(client, products=[str(one.pk) for one in products])["id"]


def test_a_bundle_has_no_other_files(client, mous, products):
    told = made(client, mous=[mous.uid])

    answer = client.get(told["tar"].replace(".tar", ".rar"))

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown-archive")


# Whose it is


def proprietary(mous):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)


@pytest.mark.parametrize("role", people.EVERYBODY)
def test_what_one_may_not_have_is_left_out_and_told(mous, products, role):
    cast = people.cast(mous)
    proprietary(mous)
    open_one = make.product(
        make.mous("uid://A001/X1/X2", code="2021.1.00001.S", release_at=make.LONG_AGO), "open.txt", content=b"open"
    )

    told = made(people.client(cast[role]), mous=[mous.uid], products=[str(open_one.pk)])

    if role in people.ENTITLED:
        assert (told["files"], told["left_out"]) == (4, [])
    else:
        assert told["files"] == 1
        assert {one["reason"] for one in told["left_out"]} == {"proprietary"}
        assert {one["name"] for one in told["left_out"]} == {one.name for one in products}


@pytest.mark.parametrize("role", people.EVERYBODY)
def test_the_address_opens_nothing_by_itself(client, mous, products, role):
    told = made(client, mous=[mous.uid])
    caller = people.client(people.cast(mous)[role])
    proprietary(mous)

    answers = [caller.get(told[name]) for name in ("tar", "zip", "sums", "manifest", "script")] + [
        caller.head(told["tar"]),
        caller.get(reverse("api-bundle", args=[told["id"]])),
    ]

    refused = 401 if role == "anonymous" else 403
    contents = [body(answer) for answer in answers]
    assert {answer.status_code for answer in answers} == {200 if role in people.ENTITLED else refused}
    if role not in people.ENTITLED:
        assert not any(b"cube.fits" in content for content in contents)


def test_to_whom_a_part_is_hidden_the_bundle_is_not_there(client, mous, products):
    told = made(client, mous=[mous.uid])
    Project.objects.update(confidential=True)

    hidden, absent = client.get(told["tar"]), client.get(reverse("api-bundle", args=[uuid.uuid4()]))

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["error"]["code"] == absent.json()["error"]["code"] == "unknown-bundle"
    assert mous.name not in hidden.content.decode()
    assert ask(client, products=[str(products[0].pk)]).json()["error"]["code"] == "empty-bundle"


def test_what_is_withdrawn_or_quarantined_later_is_said(client, mous, products):
    address = made(client, mous=[mous.uid])["tar"]

    Product.objects.filter(pk=products[0].pk).update(quarantined_at=make.NOW, quarantine_reason="rotten")
    assert (client.get(address).status_code, client.get(address).json()["error"]["code"]) == (409, "quarantined")
    Product.objects.filter(pk=products[0].pk).update(withdrawn_at=make.NOW)
    assert (client.get(address).status_code, client.get(address).json()["error"]["code"]) == (410, "product-gone")
    again = made(client, products=[str(one.pk) for one in products])
    assert [(one["name"], one["reason"]) for one in again["left_out"]] == [("caltables.tgz", "withdrawn")]


def answers(client, told):
    return [client.head(told[kind]).status_code for kind in ("tar", "zip")] + [client.get(told["sums"]).status_code]


def test_what_is_kept_of_a_bundle_opens_nothing_to_who_has_lost_her_right(mous, products):
    cast = people.cast(mous)
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)
    client = people.client(cast["delegee"])
    told = made(client, mous=[mous.uid])
    before = answers(client, told)
    Delegation.objects.update(revoked_at=timezone.now(), revoked_by=cast["pi"])

    after = answers(client, told)
    pi_after = answers(people.client(cast["pi"]), told)

    assert (before, after, pi_after) == ([200] * 3, [403] * 3, [200] * 3)


@pytest.mark.parametrize(
    "ended",
    [
        {"withdrawn_at": make.NOW},
        {"quarantined_at": make.NOW, "quarantine_reason": "rotten"},
        {"expires_at": make.LONG_AGO},
    ],
)
def test_what_is_kept_of_a_bundle_gives_no_file_that_is_not_kept(client, mous, products, ended):
    told = made(client, mous=[mous.uid])
    assert answers(client, told) == [200] * 3

    Product.objects.filter(pk=products[1].pk).update(**ended)

    assert set(answers(client, told)) <= {409, 410}


def test_a_right_that_is_taken_back_ends_a_bundle_on_its_way(mous, products, monkeypatch):
    monkeypatch.setattr(streams, "CHECK_BYTES", 2 * MIB)  # the file is short
    proprietary(mous)
    cast = people.cast(mous)
    caller = people.client(cast["delegee"])
    answer = caller.get(made(caller, mous=[mous.uid])["tar"])
    pieces, got = iter(answer.streaming_content), 0
    while got < 4 * MIB:
        got += len(next(pieces))

    just_now = timezone.now() - timedelta(seconds=1)
    Delegation.objects.filter(delegee=cast["delegee"]).update(revoked_at=just_now, revoked_by=cast["pi"])

    with pytest.raises(ProprietaryError):
        got += sum(map(len, pieces))
    assert got <= 4 * MIB + 2 * streams.CHECK_BYTES
    assert AccessRecord.objects.filter(outcome="cut off").count() == 1


# What is written down


def test_each_file_of_a_bundle_is_in_the_access_log(mous, products):
    proprietary(mous)
    cast = people.cast(mous)
    caller = people.client(cast["delegee"])

    body(caller.get(made(caller, mous=[mous.uid])["tar"]))

    begun = AccessRecord.objects.filter(what="download")
    ended = AccessRecord.objects.filter(what="download ended")
    assert {(one.subject, one.name, one.bytes_asked) for one in begun} == {
        (product.pk, f"{product.directory}/{product.name}".lstrip("/"), product.size) for product in products
    }
    assert {(one.person, one.rule) for one in begun} == {(cast["delegee"], "delegation")}
    assert {(one.subject, one.bytes_sent, one.outcome) for one in ended} == {
        (product.pk, product.size, "complete") for product in products
    }


def test_of_a_part_only_the_files_in_it_are_written_down(client, mous, products):
    address = made(client, mous=[mous.uid])["tar"]
    whole = body(client.get(address))
    seen = set(AccessRecord.objects.values_list("pk", flat=True))
    at = whole.index(FILES["README.txt"])

    body(client.get(address, headers={"Range": f"bytes={at + 1}-{at + 3}"}))

    fresh = AccessRecord.objects.exclude(pk__in=seen)
    assert {(one.name, one.bytes_asked) for one in fresh} == {("README.txt", 3)}


def test_without_a_record_there_are_no_bytes(client, mous, products, monkeypatch):
    address = made(client, mous=[mous.uid])["tar"]

    def broken(records):
        raise streams.DatabaseError

    monkeypatch.setattr(AccessRecord.objects, "bulk_create", broken)

    assert client.get(address).status_code == 503
    assert Bundle.objects.count() == 1
