"""What identifies a row, and what it says, as one number of 64 bits each.

The key is that of the MOUS (or group), the execution block, the target and the spectral window: its number in `obs_id`,
or where an older row has none, the wavelengths.  It is the same with every version of this program.  The fingerprint is
of all that is said of the row; it changes with the version of polars, after which rows count as changed once.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import columns, words
from archive.obscore.checking import Checked

Numbers = NDArray[np.uint64]
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_KEYED = ("asdm_uid", "target_name")
_NEAR = 16_384  # rows that the processor's cache holds
_GROUP = np.uint64(0x67726F7570)


def row_keys(rows: Checked, of_group: NDArray[np.bool_]) -> NDArray[np.int64]:
    group, mous = (rows.texts[name] for name in ("group_ous_uid", "member_ous_uid"))
    key = mous.stable_hashes()[mous.codes]
    if of_group.any():
        group_owner = np.where(group.filled, group.stable_hashes()[group.codes], key) ^ _GROUP
        key = np.where(of_group, group_owner, key)
    for name in _KEYED:
        key = mixed(key, rows.texts[name].stable_hashes()[rows.texts[name].codes])
    numbered = ~np.isnan(rows.spw)
    key = mixed(key, np.where(numbered, rows.spw, -1.0).view(np.uint64))
    for name in ("em_min", "em_max"):
        key = mixed(key, np.where(numbered, 0.0, rows.numbers[name]).view(np.uint64))
    return key.view(np.int64)


def fingerprints(rows: Checked) -> NDArray[np.int64]:
    print_ = np.zeros(rows.rows, np.uint64)
    texts = [rows.texts[name] for name in columns.OF_ROW]
    hashes = words.together([each.words for each in texts], _hashes)
    numbers = [rows.numbers[name].view(np.uint64) for name in columns.NUMBERS]
    for begin in range(0, rows.rows, _NEAR):
        near = slice(begin, begin + _NEAR)
        here = print_[near]
        for column, hash_ in zip(texts, hashes, strict=True):
            here = mixed(here, hash_.take(column.codes[near], mode="clip"))  # unchecked: all are there
        for values in (*numbers, rows.spw.view(np.uint64)):
            here = mixed(here, values[near])
        print_[near] = here
    return print_.view(np.int64)


def _hashes(texts: pl.Series) -> Numbers:
    return texts.hash().to_numpy()


def mixed(key: Numbers, more: Numbers) -> Numbers:
    """The finisher of splitmix64 over both."""
    key = key ^ more
    key *= _FIRST
    key ^= key >> np.uint64(29)
    key *= _SECOND
    key ^= key >> np.uint64(32)
    return key
