"""Run inside CASA: `compare.py ORIGINAL RESTORED` prints one JSON object, column: identical or how they differ."""

import json
import sys

import casatools
import numpy as np

COLUMNS = ("DATA", "CORRECTED_DATA", "FLAG", "FLAG_ROW", "WEIGHT", "SIGMA", "UVW", "TIME", "FIELD_ID", "DATA_DESC_ID")


def rows(vis, column):
    table = casatools.table()
    table.open(vis)
    try:
        if column not in table.colnames():
            return None
        # Cell by cell: windows of different shapes share a column.
        return [np.asarray(table.getcell(column, row)).tobytes() for row in range(table.nrows())]
    finally:
        table.close()


def compared(original, restored):
    if original is None or restored is None:
        return "missing"
    if len(original) != len(restored):
        return f"{len(original)} rows against {len(restored)}"
    different = sum(one != other for one, other in zip(original, restored, strict=True))
    return f"{different} rows differ" if different else "identical"


print(json.dumps({column: compared(*(rows(vis, column) for vis in sys.argv[1:3])) for column in COLUMNS}))
