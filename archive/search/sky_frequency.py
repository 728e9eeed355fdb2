"""Frequencies as a reader asks for them: a range of the sky, or a line that moves with its source."""

from collections.abc import Mapping

from archive.search import quantities
from archive.search.quantities import Range

C = 299_792_458.0


def covered(values: Mapping[str, tuple[str, ...]]) -> Range:
    """A single frequency is a range of one."""
    if "frequency" not in values:
        return (None, None)
    (text,) = values["frequency"]
    if ".." in text:
        return quantities.measured("frequency", text, quantities.HERTZ)
    at = quantities.exact("frequency", text, quantities.HERTZ)
    return at, at


def of_line(values: Mapping[str, tuple[str, ...]]) -> Range:
    return (None, None)
