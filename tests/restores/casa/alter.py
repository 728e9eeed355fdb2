"""Run inside CASA: `alter.py CALTABLE` moves one value of its first unflagged solution by one part in a thousand."""

import sys

import casatools

table = casatools.table()
table.open(sys.argv[1], nomodify=False)
for row in range(table.nrows()):
    gains, flags = table.getcell("CPARAM", row), table.getcell("FLAG", row)
    if not flags.all():
        place = tuple(axis[0] for axis in (~flags).nonzero())
        gains[place] *= 1.001
        table.putcell("CPARAM", row, gains)
        break
table.close()
