"""Frequencies as a reader asks for them: a range of the sky, or a line that moves with its source."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from archive import coverage_words
from archive.coverage_words import CoverageError, LineError
from archive.search.quantities import OPEN, Range, typed
from archive.search.refusals import CriterionError
from archive.spectrum import QuantityError

Result = TypeVar("Result")


def covered(values: Mapping[str, tuple[str, ...]]) -> Range:
    """A single frequency is a range of one."""
    if "frequency" not in values:
        return OPEN
    return _said_as("frequency", coverage_words.frequency_range, typed(values["frequency"][0]))


def of_line(values: Mapping[str, tuple[str, ...]]) -> Range:
    """Without velocity or redshift the line is looked for at its rest frequency."""
    named = [name for name in ("line", "rest") if name in values]
    moving = {name: typed(values[name][0]) for name in ("velocity", "redshift") if name in values}
    if len(named) > 1:
        raise CriterionError("rest", "a line is given as well.", "Give the name of a line, or a rest frequency.")
    if len(moving) > 1:
        raise CriterionError("redshift", "a velocity is given as well.", "Give the one or the other.")
    if not named:
        for name in moving:
            raise CriterionError(name, "there is no line that could move.", "Give line or rest as well.")
        return OPEN
    rest = _said_as(named[0], coverage_words.rest_frequency, values[named[0]][0])
    return _said_as(next(iter(moving), "line"), lambda _: coverage_words.observed_range(rest, **moving), "")


def _said_as(name: str, read: Callable[[str], Result], text: str) -> Result:
    try:
        return read(text)
    except (CoverageError, LineError, QuantityError) as refusal:
        raise CriterionError(name, refusal.sentence, refusal.remedy) from None
