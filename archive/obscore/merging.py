"""Rows of a portion into the index: what is new is copied in, what differs is compared column by column.

The rows of a MOUS that is here already, delivered or announced, repeat what is decided about it from their first
moment; triggers keep it so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import polars as pl
from django.db import connection
from numpy.typing import NDArray

from archive.models import NEVER, Observation
from archive.obscore import ancestors, copying, deriving, dictionaries
from archive.obscore.checking import UNKNOWN, Checked
from archive.obscore.copying import Column
from archive.obscore.deriving import Derived
from archive.obscore.dictionaries import Known
from archive.obscore.survey import Rows

Ints = NDArray[np.int64]
TABLE = Observation._meta.db_table
_COPIES = (
    "project_id",
    "gous_id",
    "mous_id",
    "code_order",
    "release_at",
    "confidential",
    "qa2",
    "array",
    "calibration",
)
_OURS = int(NEVER.timestamp()) * 1_000_000 - copying.EPOCH_2000
_SETUP = ("antenna_arrays", "frequency_support", "scan_intent")


@dataclass
class Owners:
    """MOUSs whose rows are others now, and groups whose rows for themselves are."""

    mous: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)

    def add(self, columns: Mapping[str, Column]) -> None:
        mous, groups = columns["mous_id"], columns["gous_id"]
        self.mous.update(np.unique(mous.values[~mous.unknown]).tolist())
        self.groups.update(np.unique(groups.values[mous.unknown]).tolist())


def prepared(rows: Rows, derived: Derived, families: pl.DataFrame) -> copying.Prepared | None:
    """New rows, but for what they repeat of their MOUS and project."""
    if not len(derived.rows):
        return None
    family = rows.family[derived.rows]
    nothing = Column(np.zeros(len(family), np.int64))
    alone = (families["mous"] == "").to_numpy()[family]
    copies = dict.fromkeys(_COPIES, nothing) | {"mous_id": Column(nothing.values, alone)}
    columns = {"id": Column(copying.new_ids(TABLE, len(family))), **_columns(rows, derived, copies)}
    return copying.Prepared(columns, copying.kinds_of(TABLE))


def insert(
    portion: Checked, rows: Rows, derived: Derived, *, families: pl.DataFrame, new: copying.Prepared | None
) -> Owners:
    """Those that got rows."""
    owners = Owners()
    if new is not None:
        copies = _copies(portion, derived.rows, rows.family[derived.rows], families)
        new.fill(copies)
        new.copy(TABLE)
        owners.add(copies)
    return owners


def update(portion: Checked, rows: Rows, derived: Derived, families: pl.DataFrame) -> Owners:
    owners = Owners()
    if not len(derived.rows):
        return owners
    columns = _columns(rows, derived, _copies(portion, derived.rows, rows.family[derived.rows], families))
    own = [name for name in columns if name not in {*_COPIES, "row_key", "origin"}]
    names, said = ", ".join(f'"{name}"' for name in own), ", ".join(f's."{name}"' for name in own)
    held = ", ".join(f'o."{name}"' for name in own)
    release = "release_at = CASE WHEN o.mous_id IS NULL THEN s.release_at ELSE o.release_at END"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE staged (LIKE {TABLE}) ON COMMIT DROP")
        cursor.execute("ALTER TABLE staged DROP COLUMN id")
        copying.copy("staged", columns, copying.kinds_of(TABLE))
        cursor.execute("ANALYZE staged")
        cursor.execute(
            f"UPDATE {TABLE} o SET ({names}) = ROW ({said}), {release} FROM staged s "  # noqa: S608 (our own names)
            f"WHERE o.row_key = s.row_key AND (({held}) IS DISTINCT FROM ({said}) "
            "OR (o.mous_id IS NULL AND o.release_at IS DISTINCT FROM s.release_at))"
        )
        cursor.execute("DROP TABLE staged")
    owners.add(columns)
    return owners


def texts(portion: Checked, derived: Derived, known: Known) -> dict[str, Column]:
    """The ids of what is said in words, which stands in tables of its own from now on."""
    at = derived.rows
    if not len(at):
        return {}
    return {
        "name_id": Column(_names(portion, at, known)),
        "setup_id": _setups(portion, at, known),
        "footprint_id": _footprints(derived, known),
    }


def blocks(portion: Checked, derived: Derived, mous: Ints, known: Known) -> dict[str, Column]:
    """The same; each block has the MOUS of its first row, of which `mous` has all."""
    at = derived.rows
    if not len(at):
        return {}
    texts, which = deriving.known_texts(portion, ("asdm_uid",), at)
    first = np.zeros(texts.height, np.int64)
    first[which[::-1]] = mous[::-1]
    owner = pl.Series(first).replace(0, None)
    ids = partial(known.ids, dictionaries.BLOCKS)
    return {"block_id": _said(ids, texts.select(uid="asdm_uid", mous_id=owner), texts, which)}


def _columns(rows: Rows, derived: Derived, copies: Mapping[str, Column]) -> dict[str, Column]:
    at = derived.rows
    return {
        "row_key": Column(rows.key[at]),
        "fingerprint": Column(rows.fingerprint[at]),
        "origin": Column(np.full(len(at), int(Observation.Origin.OBSCORE))),
        **copies,
        **derived.texts,
        **{name: replace(column, order=derived.order) for name, column in derived.columns.items()},
    }


def _copies(portion: Checked, at: Ints, family: Ints, families: pl.DataFrame) -> dict[str, Column]:
    known, which = deriving.seen(family, families.height)
    found = {name: values[which] for name, values in ancestors.places(families[known]).items()}
    alone = found["mous_id"] == 0
    said = portion.value("obs_release_date")[at]
    own = np.where(said == UNKNOWN, _OURS, said - copying.EPOCH_2000)
    return {name: Column(values) for name, values in found.items()} | {
        "mous_id": Column(found["mous_id"], alone),
        "release_at": Column(np.where(alone, own, found["release_at"])),
    }


def _names(portion: Checked, at: Ints, known: Known) -> Ints:
    texts, which = deriving.known_texts(portion, ("target_name",), at)
    return known.ids(dictionaries.NAMES, texts.rename({"target_name": "name"}))[which]


def _setups(portion: Checked, at: Ints, known: Known) -> Column:
    texts, which = deriving.known_texts(portion, _SETUP, at)
    digests = dictionaries.digests(texts.select(pl.concat_str(pl.all(), separator="\0")).to_series())
    return _said(partial(known.ids, dictionaries.SETUPS), texts.with_columns(digests), texts, which)


def _said(ids: Callable[[pl.DataFrame], Ints], rows: pl.DataFrame, texts: pl.DataFrame, which: Ints) -> Column:
    """The id for each row of the portion; nothing where its texts are all empty."""
    filled = texts.select(pl.any_horizontal(pl.all() != "")).to_series()
    found = np.zeros(rows.height, np.int64)
    found[filled.to_numpy()] = ids(rows.filter(filled))
    return Column(found[which], found[which] == 0)


def _footprints(derived: Derived, known: Known) -> Column:
    if derived.footprints.is_empty():
        return Column(derived.footprint, derived.footprint < 0)
    digests = dictionaries.digests(derived.footprints["region"])
    found = known.ids(dictionaries.FOOTPRINTS, derived.footprints.with_columns(digests))
    return Column(found[derived.footprint], derived.footprint < 0)
