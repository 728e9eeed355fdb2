"""How many headers of FITS files are read in a second: `python bench/headers.py --files 20000`.

Writes files with the header of a real image's size (some 260 cards, most of them HISTORY) and few pixels, and reads the
facts of all by `products.fits.headers`.  The peer is `astropy.io.fits.getheader`, which reads the header alone, of 4000
of them in as many processes.  The best of the rounds counts on both sides, for the machines are shared.  The last line
is one JSON object; the exit status is 1 when a target is missed.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy
from astropy.io import fits as pyfits

from products import fits

TARGETS = {"files_per_second": 5000, "differences": 0}
HISTORY_CARDS = 182
SHAPE = (1, 1, 16, 16)


def main():
    options = _parser().parse_args()
    if options.short:
        options.files, options.rounds = 200, 1
    with tempfile.TemporaryDirectory(prefix="altiplano-bench-") as place:
        paths = _written(Path(place), options.files)
        result = _measured(paths, options)
    print(json.dumps(result))
    return 0 if result["met"] else 1


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--short", action="store_true", help="a small run, to see that it works")
    return parser


def _measured(paths, options):
    ours = [_timed(_ours, paths, options.processes) for _ in range(options.rounds)]
    peers = [_timed(_peer, paths[:: max(1, len(paths) // 4000)], options.processes) for _ in range(options.rounds)]
    rows = [_row("products.fits.headers", ours), _row("astropy.io.fits.getheader", peers)]
    figures = {
        "files_per_second": rows[0]["files_per_second"],
        "ratio": round(rows[0]["files_per_second"] / rows[1]["files_per_second"], 2),
        "differences": sum(map(_differs, paths[:100])),
        "files": len(paths),
        "processes": options.processes,
    }
    met = figures["files_per_second"] >= TARGETS["files_per_second"] and not figures["differences"]
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


def _written(place, files):
    """All with one header but for the object, and the sky position of their own number."""
    card = pyfits.PrimaryHDU(numpy.zeros(SHAPE, "f4"), _header()).header
    data = bytes(2880)
    paths = []
    for number in range(files):
        card["OBJECT"], card["CRVAL1"] = f"Source_{number}", number * 360 / files
        path = place / f"member.uid___A001_X1_X2.Source_{number}_sci.spw25_27_29_31.cont.I.pbcor.fits"
        path.write_bytes(card.tostring().encode("ascii") + data)
        paths.append(path)
    return paths


def _header():
    header = pyfits.Header({"BMAJ": 1.9e-4, "BMIN": 1.6e-4, "BPA": 77.9, "OBJECT": "", "BUNIT": "Jy/beam"})
    axes = [("RA---SIN", 40.27, -2.8e-5, "deg"), ("DEC--SIN", -8.26, 2.8e-5, "deg"), ("FREQ", 3.13e11, 1.57e10, "Hz")]
    for axis, (ctype, crval, cdelt, cunit) in enumerate([*axes, ("STOKES", 1.0, 1.0, "")], start=1):
        values = {"CTYPE": ctype, "CRVAL": crval, "CDELT": cdelt, "CRPIX": 1.0, "CUNIT": cunit}
        header.update({f"{word}{axis}": value for word, value in values.items()})
        header.update({f"PC{axis}_{other}": float(axis == other) for other in range(1, 5)})
    header.update({"RESTFRQ": 3.13e11, "SPECSYS": "LSRK", "RADESYS": "ICRS", "LONPOLE": 180.0, "LATPOLE": -8.26})
    header.update({"DATE-OBS": "2022-05-12T14:55:24.336000", "DATE": "2022-12-19T20:45:36.870630"})
    header.update({"ORIGIN": "CASA 6.2.1-7", "CASAVER": "6.2.1-7", "PIPEVER": "2021.2.0.128", "SPW": "25,27,29,31"})
    for line in range(HISTORY_CARDS):
        header.add_history(f"2022-12-19T20:14:14 INFO SRCCODE='::tclean' parameter {line} = 0.1arcsec")
    return header


def _timed(read, paths, processes):
    began = time.perf_counter()
    found = read(paths, processes)
    return found / (time.perf_counter() - began)


def _ours(paths, processes):
    return sum(bool(found.header) for _, found in fits.headers(paths, processes=processes))


def _peer(paths, processes):
    with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
        return sum(pool.map(_cards, paths, chunksize=64))


def _cards(path):
    return bool(pyfits.getheader(path)["NAXIS"])


def _differs(path):
    """Whether our facts are others than astropy's header."""
    theirs, ours = pyfits.getheader(path), fits.header(path).header
    pairs = [
        (ours["object"], theirs["OBJECT"]),
        (ours["wcs"]["crval"], [theirs[f"CRVAL{axis}"] for axis in range(1, 5)]),
        (ours["beam"]["major_arcsec"], theirs["BMAJ"] * 3600),
        (ours["pipeline"], theirs["PIPEVER"]),
        (ours["shape"], [theirs[f"NAXIS{axis}"] for axis in range(1, 5)]),
    ]
    return any(one != other for one, other in pairs)


def _row(name, rates):
    row = {"name": name, "files_per_second": round(max(rates))}
    print(f"{name:28} {row['files_per_second']:8} files/s")
    return row


if __name__ == "__main__":
    sys.exit(main())
