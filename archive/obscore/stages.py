"""The stages of a load side by side: while the rows of a portion are copied into the index, the texts of the next one
go into their tables, its rows are laid out for their copy, and a third is derived, which needs no database.  Which rows
are to be derived is asked of the index while projects and MOUSs are settled.

Texts are there for good before the rows that point to them: a load that was killed finds them when it goes on.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from archive import delivered_rows
from archive.obscore import choosing, copying, deriving, merging
from archive.obscore.checking import Checked
from archive.obscore.deriving import Derived
from archive.obscore.survey import Rows, Survey


@dataclass
class Part:
    """A portion with what was derived from it; None where nothing is new."""

    where: slice
    portion: Checked | None = None
    new: Derived | None = None
    differing: Derived | None = None
    laid_out: copying.Prepared | None = None  # the new rows


@contextmanager
def ahead(parts: Iterator[Part]) -> Iterator[Iterator[Part]]:
    """Each is made in a thread while the one before it is used, the first at once."""
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(next, parts, None)
        try:
            yield _each(thread, parts, first)
        finally:
            thread.submit(connection.close)


def _each(thread: ThreadPoolExecutor, parts: Iterator[Part], coming) -> Iterator[Part]:
    while (here := coming.result()) is not None:
        coming = thread.submit(next, parts, None)
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
            portion = survey.portion(number)
            yield Part(where, portion, deriving.derive(portion, new), deriving.derive(portion, differing))
        elif where.stop > done:
            yield Part(where)
        begin = where.stop


@contextmanager
def with_texts(parts: Iterator[Part], survey: Survey) -> Iterator[Iterator[Part]]:
    """Without the rows that have been refused since they were derived."""
    parts = (_with_texts(part, survey) for part in parts)
    if connection.in_atomic_block:
        yield parts
        return
    with ahead(parts) as made:
        yield made


def _with_texts(part: Part, survey: Survey) -> Part:
    if part.portion is None or part.new is None or part.differing is None:
        return part
    rows, families = survey.rows.part(part.where), survey.names()
    part.new, part.differing = part.new.among(rows.good), part.differing.among(rows.good)
    with transaction.atomic():
        delivered_rows.none_meanwhile()
        for found in (part.new, part.differing):
            found.texts = merging.texts(part.portion, rows, found, families)
        part.laid_out = merging.prepared(rows, part.new, families)
    return part
