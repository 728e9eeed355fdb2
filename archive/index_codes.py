"""The numbers that stand for words in the flat index, and the words they stand for.

Sets are bits of an integer, in the order given here; single states are small integers.  0 is always "unknown" or none.
New words go to the end: rows that are stored keep their meaning.
"""

from collections.abc import Iterable

QA2 = ("", "PASS", "SEMIPASS", "FAIL")  # index is the number
CALIBRATIONS = ("", "pipeline", "manual")
PRODUCT_TYPES = ("", "image", "cube")
ARRAYS = {"12m": 1, "7m": 2, "TP": 4}
ARRAY_WORDS = {number: word for word, number in ARRAYS.items()}
BANDS = range(1, 11)
# In FITS order, as ObsCore writes them between slashes
POLARISATIONS = ("I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX")
# Scan intents in the pipeline's words; what is not among them counts as OTHER
INTENTS = (
    "TARGET", "PHASE", "BANDPASS", "AMPLITUDE", "CHECK", "POLARIZATION", "POLANGLE", "POLLEAKAGE", "ATMOSPHERE",
    "POINTING", "WVR", "DIFFGAIN", "OTHER",
)  # fmt: skip


def bits(words: Iterable[str], among: tuple[str, ...]) -> int:
    """Raises `ValueError` for a word that is not among them."""
    return sum({1 << among.index(word) for word in words})


def words(mask: int, among: tuple[str, ...]) -> list[str]:
    return [word for number, word in enumerate(among) if mask >> number & 1]


def band_bits(bands: Iterable[int]) -> int:
    return sum({1 << band for band in bands})


def bands(mask: int) -> list[int]:
    return [band for band in BANDS if mask >> band & 1]


def array_word(number: int) -> str:
    """`12m`, `7m`, `TP`, or empty."""
    return ARRAY_WORDS.get(number, "")
