"""Rest frequencies of lines by the names that observers give them.

The values are those of the CDMS and JPL catalogues for the unsplit transition, in MHz, and of far-infrared atomic
lines as ALMA sees them redshifted.  Recombination lines of hydrogen follow from their quantum numbers.  A line that is
not here is asked for by its frequency.
"""

import re

from archive.errors import ArchiveError

_MHZ = {
    "CO 1-0": 115271.2018, "CO 2-1": 230538.0, "CO 3-2": 345795.9899, "CO 4-3": 461040.7682, "CO 5-4": 576267.9305,
    "CO 6-5": 691473.0763, "CO 7-6": 806651.806, "CO 8-7": 921799.7,
    "13CO 1-0": 110201.3543, "13CO 2-1": 220398.6842, "13CO 3-2": 330587.9653, "13CO 4-3": 440765.1735,
    "13CO 6-5": 661067.2766,
    "C18O 1-0": 109782.1734, "C18O 2-1": 219560.3541, "C18O 3-2": 329330.5525, "C18O 4-3": 439088.7658,
    "HCN 1-0": 88631.6022, "HCN 2-1": 177261.1112, "HCN 3-2": 265886.4339, "HCN 4-3": 354505.4773,
    "HCO+ 1-0": 89188.5247, "HCO+ 2-1": 178375.0563, "HCO+ 3-2": 267557.6259, "HCO+ 4-3": 356734.223,
    "HNC 1-0": 90663.568, "HNC 3-2": 271981.142, "HNC 4-3": 362630.303,
    "CS 1-0": 48990.9549, "CS 2-1": 97980.9533, "CS 3-2": 146969.0287, "CS 5-4": 244935.5565, "CS 7-6": 342882.8503,
    "SiO 1-0": 43423.853, "SiO 2-1": 86846.985, "SiO 5-4": 217104.919, "SiO 6-5": 260518.009,
    "DCO+ 3-2": 216112.5822, "DCN 3-2": 217238.5378,
    "N2H+ 1-0": 93173.7637,
    "SO 3(2)-2(1)": 99299.87, "SO 6(5)-5(4)": 219949.442,
    "H2CO 3(0,3)-2(0,2)": 218222.192, "H2CO 3(2,2)-2(2,1)": 218475.632, "H2CO 3(2,1)-2(2,0)": 218760.066,
    "[CI] 1-0": 492160.651, "[CI] 2-1": 809341.97, "[CII]": 1900536.9, "[NII] 205": 1461131.4,
    "[OIII] 88": 3393006.244,
}  # fmt: skip
LINES = {name: round(mhz * 1e6, 1) for name, mhz in _MHZ.items()}

_RYDBERG_HZ = 3.28805103e15  # of hydrogen, as its radio lines are tabulated
_STEPS = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "g": 3, "gamma": 3}
_GREEK = str.maketrans({"\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma"})
_RECOMBINATION = re.compile(r"h(\d{1,3})(alpha|beta|gamma|[abg])")


class LineError(ArchiveError):
    code = "unknown-line"

    def __init__(self, name: object) -> None:
        shown = name if not isinstance(name, str) or len(name) <= 40 else f"{name[:40]}..."
        super().__init__(
            f"There is no line {shown!r} in the table of rest frequencies.",
            f"Give its rest frequency, as in 230.538GHz, or one of {', '.join(LINES)}, H30alpha and the like.",
        )


def rest_hz(name: str) -> float:
    """The rest frequency of a line, however its name is spaced and bracketed: `CO 2-1`, `CO(2-1)`, `12co_2-1`."""
    key = _folded(name) if isinstance(name, str) else ""
    if match := _RECOMBINATION.fullmatch(key):
        return _recombination(int(match[1]), _STEPS[match[2]], name)
    if key not in _BY_KEY:
        raise LineError(name)
    return _BY_KEY[key]


def _folded(name: str) -> str:
    key = re.sub(r"[^a-z0-9+]", "", name[:60].casefold().translate(_GREEK))
    # Common isotopes and the vibrational ground state are usually not said, nor that the levels are of J
    key = re.sub(r"v0j?(?=\d)|(?<=[a-z+])j(?=\d)", "", key)
    return re.sub(r"^12c(?:16)?o(?=\d)", "co", key)


def _recombination(level: int, step: int, name: str) -> float:
    if level < 5:
        raise LineError(name)
    return round(_RYDBERG_HZ * (1 / level**2 - 1 / (level + step) ** 2), -3)


_BY_KEY = {_folded(name): hz for name, hz in LINES.items()} | {
    "cii158": LINES["[CII]"], "ci3p13p0": LINES["[CI] 1-0"], "ci3p23p1": LINES["[CI] 2-1"],
}  # fmt: skip
