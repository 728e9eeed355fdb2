"""Names of image products, `member.<mous>.<source>_sci.spw25_27.cont.I.selfcal.tt0.pbcor.fits`.

Documents put the calibration token before Stokes, the archive after it, and raw pipeline names say `regcal` where the
archive says nothing; so the tokens after the spectral windows are read in any order.  A token that we do not know is a
comment, and a name that is not of this form is a product of kind `other`: no name is ever refused.
"""

import re
from dataclasses import dataclass
from typing import Any

MODES = ("mfs", "cont", "cube", "repBW")
STOKES = ("I", "Q", "U", "V", "IQUV", "P", "A", "POLI", "POLA")
LAYERS = ("pbcor", "pb", "mask", "flux", "residual", "sd", "weight", "model", "psf", "sumwt")
# Early packages call the primary beam `flux`; it is the companion that others call `pb`.
_KINDS = {"flux": "pb"}

_UID = r"uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+"
_NAME = re.compile(
    rf"(?:(?:(?P<level>member|group)\.)?(?P<ous>{_UID}|oussid|unknown|session_\d+)\.)?(?:s\d+_\d+\.)?"
    r"(?P<source>[A-Za-z0-9_.+-]+)_(?P<intent>pol_leak|polleak|flux|pang|sci|chk|amp|pol|plk|bp|ph)"
    r"\.(?:virt)?spw(?P<spws>\d+(?:_\d+)*)\.(?P<tokens>.+?)\.?(?P<ext>fits(?:\.gz)?(?:\.tar)?|tgz|tar)?"
)
_TAYLOR = re.compile(r"tt(\d)")
_VERSION = re.compile(r"v(\d+)")


@dataclass(frozen=True)
class ProductName:
    name: str
    kind: str  # a layer ("pbcor"), "image", "alpha", "alpha.error", "beta", or "other"
    level: str | None = None  # "member", "group"
    ous: str | None = None
    source: str | None = None  # as in the name; match it by archive.sources.source_key
    intent: str | None = None
    spws: tuple[int, ...] = ()  # virtual ids
    mode: str | None = None
    stokes: str | None = None
    cal: str | None = None  # "regcal", "selfcal"
    manual: bool = False
    taylor: int | None = None
    layer: str | None = None
    version: int = 1
    comment: str | None = None
    ext: str | None = None

    @property
    def science(self) -> bool:
        return self.intent == "sci"


def parse(name: str) -> ProductName:
    match = _NAME.fullmatch(name)
    if not match:
        return ProductName(name, kind="other")
    found, comments = _read_tokens(match["tokens"].replace("alpha.error", "alpha_error").split("."))
    layer, index = found.pop("layer", None), found.pop("index", None)
    fields: dict[str, Any] = {key: match[key] for key in ("level", "ous", "source", "intent", "ext")}
    return ProductName(
        name=name,
        kind=index or _KINDS.get(layer, layer) or "image",
        layer=layer,
        spws=tuple(int(number) for number in match["spws"].split("_")),
        comment=".".join(comments) or None,
        **fields,
        **{"cal": "regcal", **found},
    )


def _read_tokens(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Fields by the first token of each family, and the tokens that belong to none."""
    found: dict[str, Any] = {}
    comments: list[str] = []
    for token in tokens:
        family, value = _family(token)
        if family is None or (family in found and family != "image"):
            comments.append(token)
        elif family != "image":
            found[family] = value
    return found, comments


def _family(token: str) -> tuple[str | None, object]:
    for family, words in (("mode", MODES), ("stokes", STOKES), ("layer", LAYERS), ("cal", ("regcal", "selfcal"))):
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


def compose(product: ProductName) -> str:
    """The name in the archive's order of tokens: `regcal` left out, `pb` before the Taylor term, all else after it."""
    taylor = None if product.taylor is None else f"tt{product.taylor}"
    kind = product.kind if product.kind.startswith(("alpha", "beta")) else product.layer
    tokens = (
        product.mode,
        product.stokes,
        "manual" if product.manual else None,
        product.comment,
        "selfcal" if product.cal == "selfcal" else None,
        *((kind, taylor) if kind == "pb" else (taylor, kind)),
        f"v{product.version}" if product.version > 1 else None,
        product.ext,
    )
    windows = "_".join(str(number) for number in sorted(product.spws))
    head = (product.level, product.ous, f"{product.source}_{product.intent}", f"spw{windows}")
    return ".".join(token for token in (*head, *tokens) if token)
