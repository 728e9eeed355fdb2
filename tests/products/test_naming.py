"""Names of image products: the 50 vectors of FACTS 2.4, and what must never be refused."""

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products import naming

HEAD = "member.uid___A001_X1465_X1b48"
VECTORS = json.loads(Path(__file__).with_name("product_names.json").read_text())
RENAMED_BY_FACTS = {"ous": "mous", "cal": "calibration"}
RAW = "oussid.HL_Tau_sci.spw2.cube.selfcal.I.pbcor.fits"
# The owner of one put words of his own after `pbcor`; two are raw names of the pipeline.
IN_ARCHIVE_ORDER = [v["name"] for v in VECTORS if "mublo" not in v["name"] and "regcal" not in v["name"]]
IN_PIPELINE_ORDER = [v["name"] for v in VECTORS if "regcal" in v["name"]]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_delivered_name_says_what_the_image_is(vector):
    product = naming.parse(vector["name"])

    expected = {RENAMED_BY_FACTS.get(field, field): value for field, value in vector["expect"].items()}
    assert {**{field: getattr(product, field) for field in expected}, "spws": list(product.spws)} == expected


def test_the_vectors_are_those_of_the_domain(shared_data):
    original = shared_data.parent / "domain" / "vectors" / "product_names.json"
    if not original.is_file():
        pytest.skip(f"the vectors of the domain are not at {original}")

    assert json.loads(original.read_text()) == VECTORS


def test_names_are_read_without_django():
    told = "import sys; from products import naming; naming.parse('a'); print('django' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "name", ["TWHya.continuum.fits", "HLTau_B6.tar", "", "a_sci.spw.fits", "member.uid___A001_X1_X2.README.txt"]
)
def test_a_name_of_another_form_is_kept_as_other(name):
    product = naming.parse(name)

    assert (product.kind, product.name, product.source) == ("other", name, None)


@pytest.mark.parametrize(
    ("tokens", "kind", "layer"),
    [
        ("cont.I.flux.fits.gz", "pb", "flux"),
        ("cube.I.weight.fits", "weight", "weight"),
        ("mfs.I.fits", "image", None),
        ("cont.I.beta.fits", "beta", None),
        ("cont.I.alpha.error.tt0.fits", "alpha.error", None),
        ("mfs.I.mask", "mask", "mask"),
    ],
)
def test_old_and_rare_layers_are_known(tokens, kind, layer):
    product = naming.parse(f"{HEAD}.HL_Tau_sci.spw25.{tokens}")

    assert (product.kind, product.layer, product.comment) == (kind, layer, None)


def test_the_last_intent_in_a_name_is_the_intent():
    product = naming.parse(f"{HEAD}.my_sci.spw3_field_ph.spw25.mfs.I.pbcor.fits")

    assert (product.source, product.intent, product.spws) == ("my_sci.spw3_field", "ph", (25,))


def test_virtual_windows_are_read_like_others():
    assert naming.parse(f"{HEAD}.HL_Tau_sci.virtspw25_27.cont.I.pbcor.fits").spws == (25, 27)


@pytest.mark.parametrize("name", IN_ARCHIVE_ORDER)
def test_a_name_in_the_archive_order_is_composed_as_it_was(name):
    assert naming.compose(naming.parse(name)) == name


@pytest.mark.parametrize("name", IN_PIPELINE_ORDER)
def test_a_raw_name_is_composed_as_the_pipeline_wrote_it(name):
    assert naming.compose(naming.parse(name), order="pipeline") == name


def test_documents_put_the_calibration_before_stokes_and_leave_out_regcal():
    names = [naming.compose(naming.parse(name), order="document") for name in (RAW, RAW.replace("selfcal", "regcal"))]

    assert names == [RAW, "oussid.HL_Tau_sci.spw2.cube.I.pbcor.fits"]


@pytest.mark.parametrize("ext", ["fits", "fits.gz", "fits.tar", "fits.gz.tar", "tgz", "tar", None])
def test_the_way_a_file_is_packed_is_its_extension_and_no_comment(ext):
    name = f"{HEAD}.HL_Tau_sci.spw25.cube.I.mask" + (f".{ext}" if ext else "")

    product = naming.parse(name)

    assert (product.ext, product.layer, product.comment, naming.compose(product)) == (ext, "mask", None, name)


@pytest.mark.parametrize("intent", naming.INTENTS)
def test_every_type_of_target_is_known(intent):
    product = naming.parse(f"{HEAD}.J1256-0547_{intent}.spw25.mfs.I.pbcor.fits")

    assert (product.source, product.intent) == ("J1256-0547", intent)


@pytest.mark.parametrize(
    ("raw", "archived"),
    [
        (RAW, f"{HEAD}.HL_Tau_sci.spw2.cube.I.selfcal.pbcor.fits"),
        (RAW.replace("selfcal", "regcal"), f"{HEAD}.HL_Tau_sci.spw2.cube.I.pbcor.fits"),
        (RAW.replace("oussid", "uid___A001_X1465_X1b48"), f"{HEAD}.HL_Tau_sci.spw2.cube.I.selfcal.pbcor.fits"),
        ("unknown.J1_ph.spw21.mfs.I.pbcor.v2.fits", f"{HEAD}.J1_ph.spw21.mfs.I.pbcor.v2.fits"),
        ("oussid.a_sci.spw1_2.cont.regcal.I.pb.tt0.fits", f"{HEAD}.a_sci.spw1_2.cont.I.pb.tt0.fits"),
        ("oussid.a_sci.spw1.mfs.regcal.I.mask", f"{HEAD}.a_sci.spw1.mfs.I.mask"),
    ],
)
def test_a_raw_name_becomes_the_archives(raw, archived):
    assert naming.archived(raw, HEAD.removeprefix("member.")) == archived


@pytest.mark.parametrize(
    "name",
    [
        *IN_ARCHIVE_ORDER[:30],
        "oussid.hifa_calimage.weblog.tgz",
        "uid___A001_X9_X9.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits",  # of another MOUS
        "session_1.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits",
    ],
)
def test_any_other_name_stays(name):
    assert naming.archived(name, HEAD.removeprefix("member.")) == name


WORDS = {word for family in (naming.MODES, naming.STOKES, naming.LAYERS, naming.CALIBRATIONS) for word in family}
COMMENTS = st.from_regex(r"[A-Za-z][A-Za-z0-9+-]{0,12}", fullmatch=True).filter(
    lambda word: (
        word not in WORDS | {"manual", "image", "alpha", "error", "beta", "fits", "tgz", "tar", "gz"}
        and not re.fullmatch(r"(tt|v)\d+", word)
    )
)
UIDS = st.from_regex(r"uid___A\d{3}_X[0-9a-f]{1,7}_X[0-9a-f]{1,5}", fullmatch=True).filter(str.isascii)
PREFIXES = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"mous": st.one_of(UIDS, st.sampled_from(["oussid", "unknown", "session_2"]))}),
    st.fixed_dictionaries({"level": st.sampled_from(["member", "group"]), "mous": UIDS}),
)
SHOWN = st.one_of(
    st.just({"kind": "image"}),
    st.sampled_from(["alpha", "alpha.error", "beta"]).map(lambda index: {"kind": index}),
    st.sampled_from(naming.LAYERS).map(lambda layer: {"layer": layer, "kind": "pb" if layer == "flux" else layer}),
)


@st.composite
def product_names(draw):
    source = draw(st.from_regex(r"[A-Za-z0-9_.+-]{1,24}", fullmatch=True).filter(str.isascii))
    optional = {
        "mode": st.sampled_from((None, *naming.MODES)),
        "stokes": st.sampled_from((None, *naming.STOKES)),
        "taylor": st.sampled_from((None, 0, 1, 9)),
        "stage": st.sampled_from((None, "s12_0")),
        "ext": st.sampled_from((None, "fits", "fits.gz", "fits.tar", "fits.gz.tar", "tgz", "tar")),
        "comment": st.lists(COMMENTS, max_size=3).map(lambda words: ".".join(words) or None),
        "manual": st.booleans(),
        "image": st.booleans(),
        "version": st.integers(1, 12),
        "calibration": st.sampled_from(naming.CALIBRATIONS),
        "intent": st.sampled_from(naming.INTENTS),
        "spws": st.lists(st.integers(0, 99), min_size=1, max_size=6, unique=True).map(lambda spws: tuple(sorted(spws))),
    }
    return naming.ProductName(
        "", source=f"x{source}", **draw(PREFIXES), **draw(SHOWN), **draw(st.fixed_dictionaries(optional))
    )


@settings(deadline=None)
@given(product_names(), st.sampled_from(["archive", "document", "pipeline"]))
def test_what_is_composed_is_read_as_it_was_meant_in_each_order(product, order):
    name = naming.compose(product, order)

    assert naming.parse(name) == replace(product, name=name)


@settings(deadline=None)  # other work on the machine is no failure
@given(st.text(max_size=80))
def test_no_name_is_ever_refused(name):
    assert naming.parse(name).name == name


def test_every_image_of_a_real_listing_is_understood(shared_data):
    with (shared_data / "metadata" / "rh_listing_X133d_X1eef.csv").open() as listing:
        names = [row["name"] for row in csv.DictReader(listing) if row["type"] == "PIPELINE_PRODUCT"]

    products = [naming.parse(name) for name in names]

    assert len(products) == 2427
    assert {product.kind for product in products} == {"pbcor", "pb", "mask"}
    assert {product.ext for product in products} == {"fits.tar", "fits.gz.tar"}
    assert not [product for product in products if product.comment]
    assert len({product.source for product in products if product.science}) == 89
    assert [naming.compose(product) for product in products] == names


def test_every_image_that_real_links_name_is_understood(shared_data):
    links = (shared_data / "astroquery_alma" / "alma-datalink-recurse-this.xml").read_text()
    names = sorted(set(re.findall(r"[A-Za-z0-9_.+-]*_sci\.spw[A-Za-z0-9_.]+", links)))

    products = [naming.parse(name) for name in names]

    assert len(names) == 6
    assert {product.kind for product in products} == {"pbcor", "pb", "mask"}
    assert [naming.compose(product) for product in products] == names
