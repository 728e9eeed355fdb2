"""The client and the real service: pages in one process, files in another, as in production."""

import hashlib
import os
import subprocess
import sys

import pytest

from altiplano import client_program
from archive.models import AccessRecord
from tests import make, observations, people, service

pytestmark = pytest.mark.django_db(transaction=True)
BLOCK = hashlib.sha256(b"altiplano").digest() * 2**15


@pytest.fixture(scope="module")
def site(django_db_setup, tmp_path_factory):
    with service.both_processes(tmp_path_factory.mktemp("site")) as house:
        yield house.url


@pytest.fixture
def mous():
    return make.mous()


@pytest.fixture
def cast(mous):
    return people.cast(mous)


@pytest.fixture
def run(site, tmp_path):
    """The zipapp as an astronomer starts it; the token of `person` is in the environment."""
    program = tmp_path / "altiplano.pyz"
    program.write_bytes(client_program.program(site))

    def started(*words, person=None, **environment):
        token = {"ALTIPLANO_TOKEN": people.token(person).removeprefix("Token ")} if person else {}
        said = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "no_proxy": "*"} | token | environment
        command = [sys.executable, program, *words]
        return subprocess.run(command, cwd=tmp_path, env=said, capture_output=True, text=True, check=False, timeout=120)

    return started


def test_a_mous_is_downloaded_by_whoever_may_have_it(run, mous, cast, tmp_path):
    large = make.product(mous, "cube.fits", content=BLOCK * 4, directory="product")
    make.product(mous, "README.txt", content=b"read me\n")

    ran = run("download", mous.uid, "--to", "data", person=cast["delegee"])

    assert (ran.returncode, ran.stderr) == (0, "")
    written = (tmp_path / "data" / mous.name / "product/cube.fits").read_bytes()
    assert hashlib.sha256(written).hexdigest() == large.sha256
    assert run("verify", "data").stdout == "2 of 2 files are right.\n"
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "data", check=True)
    assert {record.person for record in AccessRecord.objects.all()} == {cast["delegee"]}


@pytest.mark.parametrize("role", ["stranger", "anonymous"])
def test_nobody_else_gets_a_byte_of_it(run, mous, cast, tmp_path, role):
    product = make.product(mous, "cube.fits", content=BLOCK)

    ran = run("download", str(product.pk), "--to", "data", person=cast[role])

    assert ran.returncode == 4
    assert "are proprietary" in ran.stderr
    assert not list(tmp_path.glob("data/**/*.fits"))
    assert not AccessRecord.objects.exists()


def test_a_part_is_gone_on_with_across_the_two_processes(run, mous, cast, tmp_path):
    product = make.product(mous, "cube.fits", content=BLOCK * 4)
    waiting = tmp_path / "data" / mous.name / f"cube.fits.{product.sha256[:12]}.part"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes((BLOCK * 4)[:1_000_000])

    assert run("download", str(product.pk), "--to", "data", person=cast["pi"]).returncode == 0

    assert (tmp_path / "data" / mous.name / "cube.fits").read_bytes() == BLOCK * 4
    asked = AccessRecord.objects.filter(what="download").values_list("bytes_asked", flat=True)
    assert list(asked) == [product.size - 1_000_000]


def test_a_file_in_quarantine_is_refused_with_the_reason(run, mous, cast):
    product = make.product(
        mous, "cube.fits", content=BLOCK, quarantined_at=make.NOW, quarantine_reason="its checksum differs"
    )

    ran = run("download", str(product.pk), person=cast["pi"])

    assert ran.returncode == 4
    assert "its checksum differs" in ran.stderr


@pytest.mark.parametrize("written", [make.CODE, "uid___A001_X3621_X541", "member.uid___A001_X3621_X541.x.fits"])
def test_a_file_is_found_by_project_by_mous_and_by_its_name(run, mous, cast, written):
    make.product(mous, "member.uid___A001_X3621_X541.x.fits", content=b"x", directory="product")

    ran = run("download", written, "--dry-run", person=cast["pi"])

    assert (ran.returncode, ran.stdout.split()) == (
        0, ["1", "B", "uid___A001_X3621_X541/product/member.uid___A001_X3621_X541.x.fits"]
    )  # fmt: skip


def test_a_hidden_project_is_not_there(run, mous, cast):
    mous.project.confidential = True
    mous.project.save()

    for written in (make.CODE, mous.uid):
        ran = run("download", written, person=cast["stranger"])
        assert (ran.returncode, "no" in ran.stderr.lower()) == (4, True)


def test_a_search_says_what_the_site_says(run, mous, cast):
    refused = run("search", "colour=blue")
    found = run("search", "project=2023.1.*", "--format", "csv")

    assert (refused.returncode, "colour" in refused.stderr) == (4, True)
    assert found.returncode == 0


@pytest.mark.parametrize("written", ["uid", "file form", "address", "address of a file"])
def test_an_execution_block_is_downloaded_as_its_raw_data(run, site, mous, cast, tmp_path, written):
    observations.observation(mous)
    block = mous.ebs.first() or make.eb(mous)
    raw = make.product(mous, f"{make.CODE}_{block.name}.asdm.sdm.tar", "raw", directory="raw", eb=block, content=BLOCK)
    make.product(mous, "flags.tgz", "flagversions", eb=block, content=b"flags")
    words = {
        "uid": block.uid,
        "file form": block.name,
        "address": f"{site}/dataPortal/{raw.name}",
        "address of a file": f"{site}/api/products/{raw.pk}/file/{raw.name}",
    }

    ran = run("download", words[written], "--to", "data", "--flat", person=cast["pi"])

    assert (ran.returncode, ran.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [raw.name, "SHA256SUMS"]


def test_a_block_without_raw_data_is_refused(run, mous, cast):
    observations.observation(mous)
    block = mous.ebs.first() or make.eb(mous)

    here, nowhere = (run("download", uid, person=cast["pi"]) for uid in (block.uid, "uid://A002/X1/X1"))

    assert (here.returncode, nowhere.returncode) == (4, 4)
    assert "no raw data" in here.stderr
    assert "names nothing" in nowhere.stderr
