"""Staff follow ingestions: what failed and why, what to look at, and nothing of what is hidden from them."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from archive.staff import Role
from products import runs
from products.models import IngestRun, Product
from tests import deliveries, make, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return people.client(make.staff("omar", Role.OPERATOR))


def failed(**changes):
    facts = {"command": "ingest_delivery", "phase": "failed", "ended_at": make.NOW, "reason": "It is no tar."}
    return IngestRun.objects.create(**facts | changes)


def page(client, run=None):
    address = reverse("ingest", args=[run.pk]) if run else reverse("ingests")
    return client.get(address).content.decode()


def test_a_delivery_that_was_taken_in_is_listed_with_its_files_and_findings(operator, tmp_path):
    call_command("ingest_delivery", deliveries.write(tmp_path))

    run = IngestRun.objects.get()
    assert f"{Product.objects.count()} new, 0 changed" in page(operator)
    assert run.mous.uid in page(operator)
    assert "done" in page(operator, run)
    assert "Try it again" not in page(operator, run)


def test_a_delivery_that_was_refused_is_listed_with_the_reason(operator, tmp_path):
    (tmp_path / "broken.tar").write_bytes(b"no tar at all")
    with pytest.raises(CommandError):
        call_command("ingest_delivery", tmp_path / "broken.tar")

    run = IngestRun.objects.get()
    assert run.reason[:40] in page(operator, run)
    assert "broken.tar" in page(operator, run)
    assert "Try it again" in page(operator, run)


def test_a_run_that_fell_silent_has_died_and_may_be_tried_again(operator):
    silent = IngestRun.objects.create(command="ingest_delivery")
    IngestRun.objects.update(heard_at=make.NOW - runs.SILENT - timedelta(days=365))

    assert "died" in page(operator)
    assert "Try it again" in page(operator, silent)


def test_quarantined_files_and_those_of_unknown_form_are_named(operator):
    mous = make.mous()
    make.product(mous, "bad.fits", quarantined_at=make.NOW, quarantine_reason="its DATASUM is another one.")
    make.product(mous, "odd.xyz", marks=["unrecognised"])
    make.product(mous, "good.fits")

    told = page(operator)

    assert "bad.fits" in told
    assert "its DATASUM is another one." in told
    assert "odd.xyz" in told
    assert "good.fits" not in told


HIDING = {
    "its MOUS": lambda mous: {"mous": mous, "mous_uid": mous.uid},
    "the uid of its MOUS": lambda mous: {"mous_uid": mous.uid},
    "the project in a path": lambda mous: {"sources": [f"/in/{mous.project.code}_x.tar"]},
    "the MOUS in a path": lambda mous: {"sources": [f"/in/member.uid___{mous.uid[6:].replace('/', '_')}.tar"]},
    "the MOUS in the reason": lambda mous: {"reason": f"{mous.uid} contradicts itself."},
    "the project in an option": lambda mous: {"options": {"facts": f"/in/{mous.project.code}.json"}},
}


@pytest.mark.parametrize("by", HIDING)
def test_a_run_that_names_what_is_hidden_is_hidden(operator, by):
    mous = make.mous()
    run = failed(**HIDING[by](mous))
    assert run.pk.hex in page(operator).replace("-", "")
    type(mous.project).objects.update(confidential=True)

    assert run.pk.hex not in page(operator).replace("-", "")
    assert operator.get(reverse("ingest", args=[run.pk])).status_code == 404
    assert operator.post(reverse("ingest-again", args=[run.pk])).status_code == 404


def test_files_of_a_hidden_project_are_not_named(operator):
    mous = make.mous()
    make.product(mous, "bad.fits", quarantined_at=make.NOW, quarantine_reason="x", marks=["unrecognised"])
    type(mous.project).objects.update(confidential=True)

    assert "bad.fits" not in page(operator)


@pytest.mark.parametrize("role", [Role.DATA_REDUCER, Role.ADMINISTRATOR])
def test_who_does_not_see_to_ingestion_sees_none(role):
    assert people.client(make.staff("rita", role)).get(reverse("ingests")).status_code == 403
