"""Products that come by themselves, not in a package: single images by the archive's names (FACTS 2.1)."""

import hashlib
import os

import numpy
import pytest
from django.core.management import CommandError, call_command

from archive.models import Finding, MemberOUS, Notice
from archive.readers.refusals import TooLargeError, UnsafeMemberError
from archive.readers.tree_prefix import ContradictionError
from products import loose, sidecars
from products.ingest import ingest_delivery, ingest_products
from products.journal import Staged
from products.models import IngestRun, Product
from products.store import Store, open_store
from tests import deliveries, make
from tests.products.fits import written

pytestmark = pytest.mark.django_db
OTHER = "uid://A001/X3621/X600"
FORM, OTHER_FORM = "uid___A001_X3621_X541", "uid___A001_X3621_X600"
CUBE = f"member.{FORM}.NGC1052_sci.spw25.cube.I.pbcor.fits"
CONT = f"member.{FORM}.NGC1052_sci.spw25_27.cont.I.pbcor.fits"
PB = f"member.{FORM}.NGC1052_sci.spw25.cube.I.pb.fits.gz"
OF_OTHER = f"member.{OTHER_FORM}.HL_Tau_sci.spw25.cube.I.pbcor.fits"


@pytest.fixture
def images(tmp_path):
    """A directory with three images of one MOUS and one of another; both MOUSs are indexed."""
    for mous in (make.mous(), make.mous(OTHER)):
        make.source(mous, "NGC1052")
    directory = tmp_path / "images"
    (directory / "more").mkdir(parents=True)
    (directory / CUBE).write_bytes(written.image(OBJECT="NGC1052", checksum=True))
    (directory / CONT).write_bytes(written.image(shape=(1, 1, 4, 5)))
    (directory / PB).write_bytes(b"")
    (directory / "more" / OF_OTHER).write_bytes(written.image(shape=(1, 7, 4, 5)))
    return directory


def held(uid=make.MOUS):
    rows = Product.objects.filter(mous__uid=uid).order_by("directory", "name", "version")
    return [(row.directory, row.name, row.version) for row in rows]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    "said",
    [
        {"NAXIS3": 99999999999999999999},
        {"CRVAL4": 1e300, "CDELT4": 1e300, "CRPIX4": -1e300},
        {"CRVAL3": 1e300, "CDELT3": 1e300, "CRPIX3": -1e300},
        {"BSCALE": 1e300},
        {"BMAJ": 1e308, "BMIN": 1e308, "CDELT1": 1e308, "VELREF": 1e308},
    ],
)
def test_an_image_whose_header_has_absurd_numbers_does_not_keep_the_others_out(images, said):
    pixels = numpy.full((1, 1, 4, 5), 1e30, "f4")
    content = written.image(pixels, **dict.fromkeys(said, 2)).replace(b"BUNIT ", b"BSCALE")  # astropy takes it away
    for name, value in said.items():
        start = content.index(f"{name:8}= ".encode())
        content = content[:start] + f"{name:8}= {value:>20}".ljust(80).encode() + content[start + 80 :]
    (images / CUBE).write_bytes(content)

    assert len(ingest_products([images])[0].new) == 3
    assert not Staged.objects.exists()
    assert not sidecars.due().exists()


def test_an_image_whose_header_ends_its_texts_with_zeros_is_taken_in(images):
    whole = written.image(OBJECT="NGC1052xx")
    (images / CUBE).write_bytes(whole.replace(b"NGC1052xx", b"NGC1052\0\0"))

    ingest_products(images)

    assert Product.objects.get(name=CUBE).header["object"] == "NGC1052"


def test_images_of_several_mous_are_found_from_their_names(images):
    reports = ingest_products([images])

    assert [(one.mous, len(one.new)) for one in reports] == [(make.MOUS, 3), (OTHER, 1)]
    assert held(OTHER) == [("product", OF_OTHER, 1)]
    cube = Product.objects.get(name=CUBE)
    assert (cube.role, cube.source.name, cube.spws, cube.mode) == ("science_image", "NGC1052", [25], "cube")
    assert cube.header["object"] == "NGC1052"
    content = (images / CUBE).read_bytes()
    assert (cube.size, cube.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert b"".join(open_store().stream(cube.key)) == content
    assert len(cube.blocks.crcs) == 4
    runs = IngestRun.objects.order_by("mous_uid").values_list("command", "phase", "mous_uid", "sources")
    assert list(runs) == [("ingest_products", "done", uid, [str(images)]) for uid in (make.MOUS, OTHER)]


def test_what_is_damaged_is_quarantined_and_the_rest_goes_in(images):
    report = ingest_products([images])[0]

    assert list(report.quarantined) == [f"product/{PB}"]
    assert Product.objects.filter(quarantined_at=None).count() == 3


def test_twice_changes_nothing_and_a_changed_image_is_version_2(images, monkeypatch):
    ingest_products([images])
    keys = set(Product.objects.values_list("key", flat=True))
    (images / CONT).write_bytes(written.image(shape=(1, 1, 8, 9)))

    first = ingest_products([images])[0]
    second = ingest_products([images])[0]

    assert (first.changed, len(first.unchanged)) == ([CONT], 2)
    assert (second.new, second.changed, len(second.unchanged)) == ([], [], 3)
    assert sorted(version for _, name, version in held() if name == CONT) == [1, 2]
    assert keys < set(Product.objects.values_list("key", flat=True))
    assert not Staged.objects.exists()


def test_a_tar_of_images_is_looked_into_and_a_packed_image_is_a_file(images, tmp_path):
    packed = f"{CUBE.removesuffix('.fits')}.v2.fits.tar"
    inner = deliveries.tar(tmp_path / "inner.tar", {"member.txt": b"x"}, prefix="").read_bytes()
    tar = deliveries.tar(tmp_path / "many.tar", {CUBE: b"SIMPLE", packed: inner, "a/b/" + CONT: b"y"}, prefix="")
    single = images / packed
    single.write_bytes(inner)

    ingest_products([tar])
    ingest_products([single])

    assert {name for _, name, _ in held()} == {packed, CUBE, CONT}
    assert Product.objects.get(name=packed).sha256 == hashlib.sha256(inner).hexdigest()


def test_a_tar_in_a_tar_is_a_file_and_is_never_opened(images, tmp_path):
    inner = deliveries.tar(tmp_path / "inner.tar", {CONT: b"x"}, prefix="").read_bytes()
    name = f"member.{FORM}.notes.tar"
    tar = deliveries.tar(tmp_path / "outer.tar", {name: inner}, prefix="")

    ingest_products([tar])

    assert held() == [("product", name, 1)]


def test_raw_names_of_the_pipeline_become_those_of_the_archive_and_both_are_kept(images, tmp_path):
    raw = tmp_path / f"{FORM}.NGC1052_sci.spw25.cube.regcal.I.pbcor.fits"
    raw.write_bytes((images / CUBE).read_bytes())
    unset = tmp_path / "oussid.s12_0.NGC1052_sci.spw27.cube.regcal.I.pbcor.fits"
    unset.write_bytes((images / CUBE).read_bytes())

    ingest_products([raw])
    ingest_products([unset], mous=FORM)

    assert Product.objects.get(name=CUBE).pipeline_name == raw.name
    assert Product.objects.filter(pipeline_name=unset.name, mous__uid=make.MOUS).count() == 1


def test_a_file_goes_where_the_archive_has_one_of_its_name(images, tmp_path):
    name = f"member.{FORM}.hifa_calimage.weblog.tgz"
    make.product(MemberOUS.objects.get(uid=make.MOUS), name, "weblog", directory="qa", origin="delivered")
    (tmp_path / name).write_bytes(b"a better weblog")

    (report,) = ingest_products([tmp_path / name])

    assert report.changed == [name]
    assert held() == [("qa", name, 1), ("qa", name, 2)]


def test_files_that_do_not_say_their_mous_are_listed_before_anything_is_stored(images, monkeypatch):
    (images / "moment0.fits").write_bytes(b"x")
    (images / "notes.txt").write_bytes(b"x")
    monkeypatch.setattr(Store, "put", None)

    with pytest.raises(loose.NamelessFilesError, match=r"2 of the files are: moment0\.fits, notes\.txt") as refusal:
        ingest_products([images])

    assert "--mous" in refusal.value.remedy
    run = IngestRun.objects.get()
    assert (run.phase, "moment0.fits" in run.reason) == ("failed", True)
    assert not Product.objects.exists()


def test_they_go_in_when_it_is_said(images, tmp_path):
    (tmp_path / "moment0.fits").write_bytes(written.image())

    ingest_products([tmp_path / "moment0.fits"], mous="uid://A001/X3621/X541")

    assert held() == [("product", "moment0.fits", 1)]
    assert Product.objects.get().marks[:1] == ["unrecognised"]


def test_a_name_that_says_another_mous_than_the_one_given_is_refused(images):
    with pytest.raises(ContradictionError, match="--mous"):
        ingest_products([images / CUBE], mous=OTHER)


def test_a_mous_that_is_not_indexed_is_named_with_what_to_do(tmp_path):
    (tmp_path / CUBE).write_bytes(written.image())

    with pytest.raises(loose.UnindexedMOUSError, match=r"A001/X3621/X541 \(1 file\)") as refusal:
        ingest_products([tmp_path])

    assert "ingest_delivery" in refusal.value.remedy


@pytest.mark.parametrize(
    "name", [deliveries.PRODUCTS_TAR, deliveries.AUXILIARY_TAR, deliveries.raw_tar(deliveries.FIRST)]
)
def test_packages_and_raw_data_are_left_to_the_other_command(images, tmp_path, name):
    tar = deliveries.tar(tmp_path / name, {"product/x": b"x"})

    with pytest.raises(loose.PackageGivenError, match="is a package, or raw data") as refusal:
        ingest_products([tar])

    assert "ingest_delivery" in refusal.value.remedy


def test_nothing_is_taken_for_left_out_of_a_re_reduction(tmp_path):
    (tmp_path / "package").mkdir()
    ingest_delivery(deliveries.write(tmp_path / "package"))
    in_force = Product.objects.filter(superseded_at=None).count()
    image = tmp_path / f"member.{deliveries.MOUS}.HL_Tau_sci.spw3.cube.I.pbcor.fits"
    image.write_bytes(written.image())

    (report,) = ingest_products([image], reason="imaged again")

    assert report.left_out == []
    assert Product.objects.filter(superseded_at=None).count() == in_force + 1
    assert not Finding.objects.filter(code="absent-from-version").exists()
    assert MemberOUS.objects.get().calibrations.count() == 1


def test_an_announced_mous_has_come_in_part_and_a_delivered_one_stays_what_it_was(images):
    MemberOUS.objects.filter(uid=OTHER).update(delivery_state="announced")

    states = [report.state for report in ingest_products([images])]

    assert states == ["complete", "partial"]


def test_the_pi_is_told_what_came(images):
    pi = make.user("pi")
    make.project(pi=pi)

    ingest_products([images])

    assert Notice.objects.filter(person=pi).count() == 2


def test_what_a_killed_call_has_stored_is_not_stored_again(images, monkeypatch):
    written_keys, put = [], Store.put
    monkeypatch.setattr(Store, "put", lambda store, key, *a, **k: written_keys.append(key) or put(store, key, *a, **k))
    with monkeypatch.context() as broken:
        broken.setattr("products.rows.write", lambda *args: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            ingest_products([images])
    assert not Product.objects.exists()
    before = len(written_keys)

    ingest_products([images])

    assert before == 3
    assert len(written_keys) == 4  # one of the other MOUS


@pytest.mark.parametrize(
    ("limit", "value"),
    [("members", 3), ("size", 100)],
)
def test_the_caps_of_packages_hold_for_loose_products_too(images, settings, limit, value):
    settings.ARCHIVE_LIMITS = settings.ARCHIVE_LIMITS | {limit: value}

    with pytest.raises(TooLargeError):
        ingest_products([images])
    assert not Product.objects.exists()


def test_a_link_among_them_refuses_the_directory(images):
    os.symlink("/etc/passwd", images / f"member.{FORM}.secret.txt")

    with pytest.raises(UnsafeMemberError, match="is a link or a device"):
        ingest_products([images])


def test_the_command_says_what_came_and_refuses_in_a_sentence(images, capsys):
    call_command("ingest_products", str(images))

    told = capsys.readouterr().out
    assert f"{make.MOUS}: 3 new, 0 changed, 0 unchanged; complete." in told
    assert f"quarantined: product/{PB}" in told

    (images / "notes.txt").write_bytes(b"x")
    with pytest.raises(CommandError, match=r"notes\.txt.*--mous"):
        call_command("ingest_products", str(images))
    assert IngestRun.objects.filter(phase="failed").count() == 1


@pytest.mark.parametrize("workers", ["0", "-1", "17"])
def test_a_number_of_workers_that_cannot_be_is_refused_before_anything_is_read(images, workers):
    with pytest.raises(CommandError, match="--workers: invalid choice"):
        call_command("ingest_products", str(images), f"--workers={workers}")

    assert not IngestRun.objects.exists()
