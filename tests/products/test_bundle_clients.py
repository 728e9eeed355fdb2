"""Bundles in the hands of the programs that people have: a shell with curl or wget alone, tar, unzip, sha256sum."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from django.urls import reverse

from archive.models import AccessRecord
from products.bundles import making
from products.models import Product
from tests import make, people, service

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 120
MIB = 2**20
LONG = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(3 * MIB // 32))  # each place differs
FILES = {"product/cube.fits": LONG, "product/mask.fits": b"m" * 5000, "calibration/empty.txt": b"", "README.txt": b"me"}
HAVE = 1_000_000  # bytes that came before the line broke
NEEDED = ("mkdir", "dirname", "wc", "cut", "rm", "mv", "mktemp", "sha256sum")  # what any system has


@pytest.fixture(scope="module")
def house(django_db_setup, tmp_path_factory):
    with service.both_processes(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture
def mous():
    mous = make.mous(pi=make.user("vega"))
    for path, content in FILES.items():
        directory, _, name = path.rpartition("/")
        make.product(mous, name, content=content, directory=directory)
    return mous


@pytest.fixture
def bundle(mous):
    ids = mous.products.values_list("pk", flat=True)
    return making.make(ids, by=mous.project.pi.user, now=make.NOW).bundle


@pytest.fixture
def token(mous):
    return people.token(mous.project.pi.user)


@pytest.fixture(params=["curl", "wget"])
def alone(request, tmp_path):
    """A directory for PATH with one program that fetches, and no waiting between tries."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    (place := tmp_path / "bin").mkdir()
    for name in (*NEEDED, request.param):
        (place / name).symlink_to(shutil.which(name))
    (place / "sleep").symlink_to(shutil.which("true"))
    return place


@pytest.fixture
def place(tmp_path):
    (made := tmp_path / "downloads").mkdir()
    return made


@pytest.fixture
def run_script(house, bundle, token, tmp_path, place):
    def run(path, *, secret=True, before=lambda: None):
        answer = service.ask(house.pages, "GET", reverse("bundle-script", args=[bundle.pk]), Authorization=token)
        (script := tmp_path / "download.sh").write_bytes(answer[2])
        before()
        said = {"PATH": str(path), "HOME": str(tmp_path), "no_proxy": "*"}
        said |= {"ALTIPLANO_TOKEN": token.removeprefix("Token ")} if secret else {}
        command = ["/bin/sh", script, place]
        return subprocess.run(command, env=said, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    return run


def at(place, bundle, name):
    """Where the script puts a file of `FILES`."""
    return place / next(path for path in bundle.paths if path.endswith(name))


def written(place):
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def whole(bundle):
    return {path: next(FILES[name] for name in FILES if path.endswith(name)) for path in bundle.paths}


def downloads():
    return {(one.name, one.bytes_asked) for one in AccessRecord.objects.filter(what="download")}


def test_the_script_brings_all_files_with_one_program_and_brings_none_twice(alone, run_script, bundle, place):
    first = run_script(alone)

    assert (first.returncode, first.stderr) == (0, "")
    assert written(place) == whole(bundle)
    assert "All 4 files are here, and right." in first.stdout
    begun = AccessRecord.objects.filter(what="download")  # that one has ended is told after its last byte
    before = begun.count()
    assert run_script(alone).returncode == 0
    assert begun.count() == before == 3  # nothing is sent of an empty file


def test_it_goes_on_where_it_broke_off_and_replaces_what_is_wrong(alone, run_script, bundle, place):
    cube, mask, readme = (at(place, bundle, name) for name in ("cube.fits", "mask.fits", "README.txt"))
    cube.parent.mkdir(parents=True)
    cube.with_name("cube.fits.part").write_bytes(LONG[:HAVE])
    mask.with_name("mask.fits.part").write_bytes(b"x" * 5000)  # as long as it should be, and wrong
    readme.write_bytes(b"ME")

    done = run_script(alone)

    assert (done.returncode, written(place)) == (0, whole(bundle))
    assert downloads() == {("product/cube.fits", len(LONG) - HAVE), ("product/mask.fits", 5000), ("README.txt", 2)}


def test_a_part_that_was_damaged_is_fetched_again_from_its_beginning(alone, run_script, bundle, place):
    cube = at(place, bundle, "cube.fits")
    cube.parent.mkdir(parents=True)
    cube.with_name("cube.fits.part").write_bytes(b"x" + LONG[1:HAVE])

    assert (run_script(alone).returncode, written(place)) == (0, whole(bundle))
    assert ("product/cube.fits", len(LONG)) in downloads()


def test_without_a_token_nothing_that_is_locked_comes_and_the_script_says_so(alone, run_script, bundle, place):
    done = run_script(alone, secret=False)

    assert done.returncode == 1
    assert "set ALTIPLANO_TOKEN" in done.stderr
    assert not any(content for content in written(place).values())


def test_what_is_refused_is_asked_for_once(alone, run_script, bundle, token, place):
    withdrawn = bundle.products[bundle.paths.index(next(path for path in bundle.paths if path.endswith("cube.fits")))]

    done = run_script(alone, before=lambda: Product.objects.filter(pk=withdrawn).update(withdrawn_at=make.NOW))

    assert (done.returncode, done.stderr.count("NOT HERE"), done.stderr.count("410")) == (1, 1, 1)
    assert "1 of 4 files are not here" in done.stderr


def test_without_a_program_that_fetches_it_says_what_is_needed(run_script, tmp_path):
    (empty := tmp_path / "empty").mkdir()
    for name in NEEDED:
        (empty / name).symlink_to(shutil.which(name))

    done = run_script(empty)

    assert (done.returncode, done.stderr) == (2, "Install curl or wget.\n")


# Archives


RESUME = {"curl": ["curl", "-fsSLO", "-C", "-", "-H"], "wget": ["wget", "-q", "-c", "--header"]}
UNPACK = {
    "tar": [["tar", "-xf"], ["bsdtar", "-xf"], [sys.executable, "-m", "tarfile", "-e"]],
    "zip": [["unzip", "-q"], ["bsdtar", "-xf"], [sys.executable, "-m", "zipfile", "-e"]],
}


@pytest.mark.parametrize("fetcher", RESUME)
@pytest.mark.parametrize("kind", UNPACK)
def test_an_archive_resumes_and_every_program_unpacks_it_and_its_sums_are_right(
    house, bundle, token, place, kind, fetcher
):
    if not shutil.which(fetcher):
        pytest.skip(f"{fetcher} is not installed")
    name = f"{bundle.name}.{kind}"
    address = reverse("bundle-file", args=[bundle.pk, name])
    begun = service.ask(house.files, "GET", address, Authorization=token, Range=f"bytes=0-{HAVE - 1}")
    (place / name).write_bytes(begun[2])
    said = {"PATH": os.environ["PATH"], "no_proxy": "*", "HOME": str(place), "LC_ALL": "C.UTF-8"}

    command = [*RESUME[fetcher], f"Authorization: {token}", house.url + address]
    subprocess.run(command, cwd=place, env=said, check=True, timeout=PATIENCE_SECONDS)

    for number, unpack in enumerate(program for program in UNPACK[kind] if shutil.which(program[0])):
        (there := place / str(number)).mkdir()
        ends = ["."] if unpack[0] == sys.executable else []
        subprocess.run([*unpack, place / name, *ends], cwd=there, env=said, check=True, timeout=PATIENCE_SECONDS)
        assert {path: (there / path).read_bytes() for path in bundle.paths} == whole(bundle)
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=there, env=said, check=True)
        assert {one["path"] for one in json.loads((there / "manifest.json").read_text())["files"]} == set(bundle.paths)
