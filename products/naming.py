"""Names of image products, `member.<mous>.<source>_sci.spw25_27.cont.I.selfcal.tt0.pbcor.fits`.

Documents put the calibration token before Stokes, the archive after it, and raw pipeline names say `regcal` where the
archive says nothing; so the tokens after the spectral windows are read in any order.  A token that we do not know is a
comment, and a name that is not of this form is a product of kind `other`: no name is ever refused.
"""

import functools
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

MODES = ("mfs", "cont", "cube", "repBW")
STOKES = ("I", "Q", "U", "V", "IQUV", "P", "A", "POLI", "POLA")
CALIBRATIONS = ("regcal", "selfcal")
LAYERS = ("pbcor", "pb", "mask", "flux", "residual", "sd", "weight", "model", "psf", "sumwt")
INTENTS = ("pol_leak", "polleak", "flux", "pang", "sci", "chk", "amp", "pol", "plk", "bp", "ph")  # longest first
# Early packages call the primary beam `flux`; it is the companion that others call `pb`.
_KINDS = {"flux": "pb"}
_FAMILIES = tuple(
    (family, frozenset(words))
    for family, words in (("mode", MODES), ("stokes", STOKES), ("layer", LAYERS), ("calibration", CALIBRATIONS))
)

_UID = r"uid___A\d{3}_X[0-9a-fA-F]+_X[0-9a-fA-F]+"
_UNSET = ("oussid", "unknown")  # what the pipeline writes where it was not told the uid
_NAME = re.compile(
    rf"(?:(?:(?P<level>member|group)\.)?(?P<mous>{_UID}|{'|'.join(_UNSET)}|session_\d+)\.)?(?:(?P<stage>s\d+_\d+)\.)?"
    rf"(?P<source>[A-Za-z0-9_.+-]+)_(?P<intent>{'|'.join(INTENTS)})\.(?:virt)?spw(?P<spws>\d{{1,4}}(?:_\d{{1,4}})*)"
    r"(?:\.(?P<tokens>.+?))??(?:\.(?P<ext>(?:fits(?:\.gz)?|tgz)(?:\.tar)?|tar))?"
)
_TAYLOR = re.compile(r"tt(\d)")
_VERSION = re.compile(r"v(\d+)")
Order = Literal["archive", "document", "pipeline"]


@dataclass(frozen=True)
class ProductName:
    """What a name says; all but `name` and `kind` is absent from a name of kind `other`."""

    name: str
    kind: str  # a layer ("pbcor"), "image", "alpha", "alpha.error", "beta", or "other"
    level: str | None = None  # "member", "group"
    mous: str | None = None  # as in the name: "uid___A001_X1_X2", or "oussid", "unknown", "session_1"
    stage: str | None = None  # "s12_0", of the pipeline
    source: str | None = None  # as in the name; match it by archive.sources.source_key
    intent: str | None = None
    spws: tuple[int, ...] = ()  # virtual ids
    mode: str | None = None
    stokes: str | None = None
    calibration: str | None = None  # "regcal", "selfcal"
    manual: bool = False
    image: bool = False  # whether the word `image` stands in the name, as in `manual.image.pbcor`
    taylor: int | None = None
    layer: str | None = None
    version: int = 1
    comment: str | None = None
    ext: str | None = None

    @property
    def science(self) -> bool:
        return self.intent == "sci"


@functools.lru_cache(maxsize=1 << 15)  # whoever takes in files asks several times for each
def parse(name: str) -> ProductName:
    match = _NAME.fullmatch(name)
    if not match:
        return ProductName(name, kind="other")
    found, comments = _read_tokens((match["tokens"] or "").replace("alpha.error", "alpha_error").split("."))
    layer, index = found.pop("layer", None), found.pop("index", None)
    fields: dict[str, Any] = {key: match[key] for key in ("level", "mous", "stage", "source", "intent", "ext")}
    return ProductName(
        name=name,
        kind=index or _KINDS.get(layer, layer) or "image",
        layer=layer,
        spws=tuple(int(number) for number in match["spws"].split("_")),
        comment=".".join(comments) or None,
        **fields,
        **{"calibration": "regcal", **found},
    )


def _read_tokens(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Fields by the first token of each family, and the tokens that belong to none."""
    found: dict[str, Any] = {}
    comments: list[str] = []
    for token in tokens:
        family, value = _family(token)
        if family is None or (family in found and family != "image"):
            comments += [token.replace("alpha_error", "alpha.error")] if token else []
        else:
            found[family] = value
    return found, comments


def _family(token: str) -> tuple[str | None, object]:
    for family, words in _FAMILIES:
        if token in words:
            return family, token
    if token in ("alpha", "alpha_error", "beta"):
        return "index", token.replace("_", ".")
    if token in ("manual", "image"):
        return token, True
    if match := _TAYLOR.fullmatch(token):
        return "taylor", int(match[1])
    match = _VERSION.fullmatch(token)
    return ("version", int(match[1])) if match else (None, None)


def compose(product: ProductName, order: Order = "archive") -> str:
    """The name that says what `product` says; `pb` stands before the Taylor term, all other layers after it.

    Only the token of the calibration moves: the archive has it after Stokes and the comments, documents before Stokes,
    both leave out `regcal`; the pipeline has it before Stokes, `regcal` too (FACTS 2.1).  A name of kind `other` stays.
    """
    if product.source is None:
        return product.name
    calibration = product.calibration if order == "pipeline" or product.calibration == "selfcal" else None
    early, late = (None, calibration) if order == "archive" else (calibration, None)
    comments = ("manual" if product.manual else None, product.comment)
    words = (product.mode, early, product.stokes, *comments, late, "image" if product.image else None)
    windows = "_".join(str(number) for number in sorted(product.spws))
    head = (product.level, product.mous, product.stage, f"{product.source}_{product.intent}", f"spw{windows}")
    version = f"v{product.version}" if product.version > 1 else None
    return ".".join(token for token in (*head, *words, *_ending(product), version, product.ext) if token)


def _ending(product: ProductName) -> tuple[str | None, ...]:
    """What shows which image of a set this is: `tt0.pbcor`, `pb.tt0`, `alpha.error`."""
    taylor = None if product.taylor is None else f"tt{product.taylor}"
    index = product.kind if product.kind.startswith(("alpha", "beta")) else None
    before, after = (product.layer, None) if product.layer in ("pb", "flux") else (None, product.layer)
    return (before, taylor, index, after)


def archived(name: str, mous: str) -> str:
    """The archive's name of a file that the pipeline wrote for `mous` ("uid___A001_X1_X2"); any other stays.

    A name of the pipeline shows itself by `regcal`, by a calibration before Stokes, or by the uid that it was not told.
    """
    product = parse(name)
    if not _raw(product) or product.mous not in (None, mous, *_UNSET):
        return name
    return compose(replace(product, level="member", mous=mous))


def _raw(product: ProductName) -> bool:
    tokens = product.name.split(".")
    if product.source is None:
        return False
    if product.mous in _UNSET or "regcal" in tokens:
        return True
    return "selfcal" in tokens and product.stokes in tokens[tokens.index("selfcal") :]
