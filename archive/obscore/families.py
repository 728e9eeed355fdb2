"""The families of rows: the project, group and MOUS that each one names.  Of the group itself, `mous` is empty."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import said
from archive.obscore.checking import Checked

Ints = NDArray[np.int64]
NAME = pl.concat_str("code", "gous", "mous", separator=" ").alias("family")


def of_rows(rows: Checked, of_group: NDArray[np.bool_], good: NDArray[np.bool_]) -> tuple[pl.DataFrame, Ints]:
    """Those of the good rows, and which of them each row is of, or -1."""
    named = [rows.texts[name] for name in ("proposal_id", "group_ous_uid", "member_ous_uid")]
    first = said.runs(*(column.codes for column in named), of_group, good)
    fine = good[first]
    texts = [column.words.gather(column.codes[first[fine]]) for column in named]
    runs = pl.DataFrame([*texts, pl.Series(of_group[first[fine]])], [*none().columns, "whole"])
    group = pl.when(pl.col("gous") == "").then("mous").otherwise("gous")
    runs = runs.select(
        "code",
        gous=pl.when("whole").then(group).otherwise("gous"),
        mous=pl.when("whole").then(pl.lit("")).otherwise("mous"),
    )
    families, number = numbered(runs)
    of_run = np.full(len(first), -1)
    of_run[fine] = number
    return families, np.repeat(of_run, np.diff(first, append=rows.rows))


def none() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(("code", "gous", "mous"), pl.String))


def numbered(frame: pl.DataFrame) -> tuple[pl.DataFrame, Ints]:
    """The different rows of a frame, and which of them each one is."""
    each = frame.unique(maintain_order=True)
    numbers = frame.join(each.with_row_index("number"), on=frame.columns, how="left", maintain_order="left")
    return each, numbers["number"].to_numpy().astype(np.int64)
