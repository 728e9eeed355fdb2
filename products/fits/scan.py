"""Headers of many files on disk, read without their pixels.

What needs the pixels (rms, peak, sums, blank images) is not in what comes back: `Inspection` finds that.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from products.fits import beams, packed
from products.fits.broken import BrokenError
from products.fits.cards import BLOCK_BYTES, MAX_HEADER_BYTES, end_of_header
from products.fits.differences import differences
from products.fits.facts import facts
from products.fits.inspection import Inspected, Inspection
from products.fits.units import BEGINNING, EXTENSION, Unit

# The header of most images, with CASA's log in it, is within this; larger ones take one more read.
START_BYTES = 16 * BLOCK_BYTES
PIECE_BYTES = 2**20
# Files that one process is handed at a time.
BATCH = 64
# Fewer are read sooner than processes are started.
FEW = 2000

Read = Callable[[int, int], bytes]  # bytes from an offset of the unpacked file; fewer at its end


def headers(paths: Iterable[Path], *, processes: int | None = None) -> Iterator[tuple[Path, Inspected]]:
    """Each path with what its header says, in order; by several processes, one for each core where not said otherwise.

    A file that is no FITS image, or plainly cut short, comes with its problem; one that cannot be opened raises
    `OSError`.
    """
    wanted = list(paths)
    processes = processes or len(os.sched_getaffinity(0))
    if processes == 1 or len(wanted) < FEW:
        yield from zip(wanted, map(header, wanted), strict=True)
        return
    # Connections to a database must not be shared with children, so those begin anew; what is slow is imported once.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from zip(wanted, pool.map(header, wanted, chunksize=BATCH), strict=True)


def header(path: Path) -> Inspected:
    """Of one file.  A packed one is unpacked no further than its header, and by then nobody knows if it is whole."""
    name = os.path.basename(path)
    try:
        with open(path, "rb", buffering=0) as file:
            if not isinstance(packed.layer(name), packed.Plain):
                return _of_packed(name, file)
            size = os.fstat(file.fileno()).st_size
            return _of(name, lambda offset, amount: os.pread(file.fileno(), amount, offset), size)
    except BrokenError as error:
        return Inspected(problem=f"The file {name} {error}.")


def whole(path: Path) -> Inspected:
    """Of one file that is read to its end."""
    with open(path, "rb", buffering=0) as file:
        return _inspected(os.path.basename(path), file)


def first_unit(start: bytes) -> Unit | None:
    """Of the bytes of an unpacked file, or of the beginning of one."""
    return _unit(lambda offset, amount: start[offset : offset + amount], 0, 0)


def _inspected(name: str, file: io.FileIO) -> Inspected:
    inspection = Inspection(name, os.fstat(file.fileno()).st_size)
    while piece := file.read(PIECE_BYTES):
        inspection.update(piece)
    return inspection.result()


def _of_packed(name: str, file: io.FileIO) -> Inspected:
    """Beams of channels stand behind the pixels, which must not be held for them: then all of it is looked through."""
    read = _Unpacked(file, packed.layer(name)).read
    unit = _unit(read, 0, 0)
    if unit and unit.cards.get("CASAMBM") is True:
        file.seek(0)
        return _inspected(name, file)
    return _of(name, read, None)


class _Unpacked:
    """Reads a packed file from its beginning on, as far as it is asked for; what was read before is held."""

    def __init__(self, file: io.FileIO, layer: packed.Layer) -> None:
        self._file, self._layer = file, layer
        self._bytes = bytearray()

    def read(self, offset: int, amount: int) -> bytes:
        while len(self._bytes) < offset + amount and (piece := self._file.read(2**16)):
            for part in self._layer.unpack(piece):
                self._bytes += part
        return bytes(self._bytes[offset : offset + amount])


def _of(name: str, read: Read, size: int | None) -> Inspected:
    unit = _unit(read, 0, 0)
    if unit is None:
        raise BrokenError("does not begin as a FITS file does")
    if size is not None and size < unit.offset + unit.data_bytes:
        missing = unit.offset + unit.data_bytes - size
        return Inspected(facts(unit), [], f"The file {name} ends too early: {missing} bytes are missing.")
    if not unit.is_image:
        return Inspected()
    found = facts(unit, _beams(unit, read))
    return Inspected(found, differences(name, unit.cards, found))


def _unit(read: Read, number: int, start: int) -> Unit | None:
    """The unit that begins at `start`, if one does."""
    head = read(start, START_BYTES)
    if not head.startswith(EXTENSION if number else BEGINNING):
        return None
    checked = 0
    while True:
        for block in range(checked, len(head) - BLOCK_BYTES + 1, BLOCK_BYTES):
            if end_of_header(head[block : block + BLOCK_BYTES]):
                return Unit(number, head[: block + BLOCK_BYTES], start)
        checked = len(head) // BLOCK_BYTES * BLOCK_BYTES
        more = read(start + len(head), len(head))
        if not more or len(head) > MAX_HEADER_BYTES:
            raise BrokenError("ends inside its header")
        head += more


def _beams(unit: Unit, read: Read) -> list[beams.Beam]:
    """CASA puts the table of beams behind the image."""
    if unit.cards.get("CASAMBM") is not True:
        return []
    number = 0
    while unit and not unit.is_beam_table:
        number += 1
        following = _unit(read, number, unit.offset + unit.padded_bytes)
        if following is None:
            return []
        unit = following
    return beams.of_table(unit.cards, read(unit.offset, unit.data_bytes))
