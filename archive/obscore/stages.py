"""The stages of a load side by side: while the rows of a portion are copied into the index, the texts of the next one
go into their tables, its rows are laid out for their copy, and a third is derived, which needs no database.  Which rows
are to be derived is asked of the index while projects and MOUSs are settled.

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
from archive.obscore.survey import Rows, Survey

Ints = NDArray[np.int64]


@dataclass
class Part:
    """A portion with what was derived from it; None where nothing is new."""

    where: slice
    portion: Checked | None = None
    new: Derived | None = None
    differing: Derived | None = None
    laid_out: copying.Prepared | None = None  # the new rows


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
            thread.submit(connection.close)


def _each(thread: ThreadPoolExecutor, parts: Iterator[Part], coming: deque[Future[Part | None]]) -> Iterator[Part]:
    while (here := coming.popleft().result()) is not None:
        coming.append(thread.submit(next, parts, None))
        yield here


def derived(survey: Survey, choose: Callable[[Rows], choosing.Chosen], done: int) -> Iterator[Part]:
    """Of the portions after so many rows."""
    if connection.in_atomic_block:  # what has been written so far is not to be seen by another session
        chosen = choose(survey.rows)
        return _derived(survey, lambda _: chosen, done)
    return _derived(survey, choose, done)


def _derived(survey: Survey, choose: Callable[[Rows], choosing.Chosen], done: int) -> Iterator[Part]:
    chosen = choose(survey.rows)
    begin = 0
    for number, size in enumerate(survey.sizes):
        where = slice(begin, begin + size)
        new, differing = chosen.places(where)
        if where.stop > done and (len(new) or len(differing)):
            portion = survey.portions.take(number)
            yield Part(where, portion, deriving.derive(portion, new), deriving.derive(portion, differing))
        elif where.stop > done:
            yield Part(where)
        begin = where.stop


@contextmanager
def with_texts(parts: Iterator[Part], survey: Survey) -> Iterator[Iterator[Part]]:
    """Without the rows that have been refused since they were derived."""
    parts = _each_with_texts(parts, survey)
    if connection.in_atomic_block:
        yield parts
        return
    with ahead(parts) as made:
        yield made


def _each_with_texts(parts: Iterator[Part], survey: Survey) -> Iterator[Part]:
    mous: Ints | None = None
    for part in parts:
        if part.portion is not None:
            mous = ancestors.mous_ids(survey.names()) if mous is None else mous
            _add_texts(part, part.portion, survey, mous)
        yield part


@transaction.atomic
def _add_texts(part: Part, portion: Checked, survey: Survey, mous: Ints) -> None:
    """`mous` are those of the families."""
    rows = survey.rows.part(part.where)
    delivered_rows.none_meanwhile()
    part.new, part.differing = (each and each.among(rows.good) for each in (part.new, part.differing))
    for found in filter(None, (part.new, part.differing)):
        found.texts = merging.texts(portion, found, mous[rows.family[found.rows]])
    part.laid_out = part.new and merging.prepared(rows, part.new, survey.names())
