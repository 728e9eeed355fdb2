"""The stages of a load side by side: while the rows of a portion are copied into the index, those of the next one are
laid out for their copy, the texts of a third go into their tables, and a fourth is derived, which needs no database.
Which rows are to be derived is asked of the index before projects and MOUSs are settled; texts do not wait for these.

Texts are there for good before the rows that point to them: a load that was killed finds them when it goes on.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from archive import delivered_rows
from archive.obscore import ancestors, choosing, copying, deriving, merging
from archive.obscore.checking import Checked
from archive.obscore.deriving import Derived
from archive.obscore.dictionaries import Known
from archive.obscore.survey import Rows, Survey

Ints = NDArray[np.int64]
_AHEAD = 2  # portions whose texts are in their tables while projects and MOUSs are settled


@dataclass
class Part:
    """A portion with what was derived from it; None where nothing is new."""

    where: slice
    portion: Checked | None = None
    new: Derived | None = None
    differing: Derived | None = None
    laid_out: copying.Prepared | None = None  # the new rows
    again: bool = False  # it was done before, and counted


@contextmanager
def ahead(parts: Iterator[Part], most: int = 1) -> Iterator[Iterator[Part]]:
    """So many are made in a thread before they are used, the first of them at once."""
    with ThreadPoolExecutor(1) as thread:
        coming = deque(thread.submit(next, parts, None) for _ in range(most))
        try:
            yield _each(thread, parts, coming)
        finally:
            for part in coming:
                part.cancel()
            thread.submit(_close)


def _close() -> None:
    """The connection of the thread that runs this; `connection.close` would be that of the one that asks for it."""
    connection.close()


def _each(thread: ThreadPoolExecutor, parts: Iterator[Part], coming: deque[Future[Part | None]]) -> Iterator[Part]:
    while (here := coming.popleft().result()) is not None:
        coming.append(thread.submit(next, parts, None))
        yield here


def derived(survey: Survey, choose: Callable[[Rows], choosing.Chosen], done: Callable[[slice], bool]) -> Iterator[Part]:
    """Of the portions that are not done yet, and of those that have rows still: they are refused again."""
    if connection.in_atomic_block:  # what has been written so far is not to be seen by another session
        chosen = choose(survey.rows)
        return _derived(survey, lambda _: chosen, done)
    return _derived(survey, choose, done)


def _derived(
    survey: Survey, choose: Callable[[Rows], choosing.Chosen], done: Callable[[slice], bool]
) -> Iterator[Part]:
    chosen = choose(survey.rows)
    begin = 0
    for number, size in enumerate(survey.sizes):
        where = slice(begin, begin + size)
        new, differing = chosen.places(where)
        again = done(where)
        if len(new) or len(differing):
            portion = survey.portions.take(number)
            each = (deriving.derive(portion, rows) for rows in (new, differing))
            yield Part(where, portion, *each, again=again)
        elif not again:
            yield Part(where)
        begin = where.stop


@contextmanager
def with_texts(
    parts: Iterator[Part], survey: Survey, then: Callable[[], None] = lambda: None
) -> Iterator[Iterator[Part]]:
    """Without the rows that have been refused since they were derived; and what there is to do `then`."""
    with _beside(_each_with_texts(parts, survey, then), _AHEAD) as made:
        yield made


@contextmanager
def laid_out(parts: Iterator[Part], survey: Survey) -> Iterator[Iterator[Part]]:
    """For their copy, with the blocks of their MOUSs."""
    with _beside(_laid_out(parts, survey), 1) as made:
        yield made


@contextmanager
def _beside(parts: Iterator[Part], most: int) -> Iterator[Iterator[Part]]:
    """In another session, which does not see what a caller's transaction has done."""
    if connection.in_atomic_block:
        yield parts
        return
    with ahead(parts, most) as made:
        yield made


def _each_with_texts(parts: Iterator[Part], survey: Survey, then: Callable[[], None]) -> Iterator[Part]:
    known = Known()
    for part in parts:
        yield _with_texts(part, survey, known)
    then()


def side_by_side(job: Callable[[Part], int], parts: Iterator[Part], most: int) -> Iterator[int]:
    """What a job says of each, in their order; so many of them are at work, each in a session of its own."""
    if most == 1 or connection.in_atomic_block:
        yield from map(job, parts)
        return
    with ThreadPoolExecutor(most) as threads:
        coming: deque[Future[int]] = deque()
        for part in parts:
            coming.append(threads.submit(_apart, job, part))
            if len(coming) == most:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _apart(job: Callable[[Part], int], part: Part) -> int:
    try:
        return job(part)
    finally:
        _close()


def _with_texts(part: Part, survey: Survey, known: Known) -> Part:
    portion, good = part.portion, survey.rows.good[part.where]
    if portion is None or part.new is None or part.differing is None:
        return part
    part.new, part.differing = part.new.among(good), part.differing.among(good)
    with transaction.atomic():
        delivered_rows.none_meanwhile()
        for found in (part.new, part.differing):
            found.texts = merging.texts(portion, found, known)
    return part


def _laid_out(parts: Iterator[Part], survey: Survey) -> Iterator[Part]:
    mous: Ints | None = None
    known = Known()
    for part in parts:
        if part.portion is not None:
            mous = ancestors.mous_ids(survey.names()) if mous is None else mous
            _lay_out(part, part.portion, survey, mous=mous, known=known)
        yield part


@transaction.atomic
def _lay_out(part: Part, portion: Checked, survey: Survey, *, mous: Ints, known: Known) -> None:
    """`mous` are those of the families."""
    rows = survey.rows.part(part.where)
    delivered_rows.none_meanwhile()
    for found in filter(None, (part.new, part.differing)):
        found.texts |= merging.blocks(portion, found, mous[rows.family[found.rows]], known)
    part.laid_out = part.new and merging.prepared(rows, part.new, survey.names())
