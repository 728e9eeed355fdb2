"""The channels of a user-defined cube: from the words of the user to a grid that the data of every block can fill.

All frequencies in Hz, LSRK; velocities in m/s, radio convention, so rising velocity is falling frequency.  `start` is
the centre of the first channel, `width` the signed step to the next.  The rules are those of the pipeline's cube
imaging (FACTS 5.2), with one difference: a grid that leaves the coverage is refused, never cut or moved, because
tclean would move it without a word.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive import spectrum
from archive.errors import ArchiveError
from restores.axes import Axis

NARROWEST = 0.95  # of the native width; from here to 1 the native width is taken
MODES = ("frequency", "velocity")
# A grid typed with the coverage's own printed ends may pass them by rounding: a millionth of a channel does no harm.
SLACK = 1e-6


@dataclass(frozen=True)
class Window:
    """A science window as all used blocks have it: edges of the common coverage, native spacing, line of interest."""

    virtual: int
    name: str
    low_hz: float
    high_hz: float
    width_hz: float
    representative_hz: float | None = None


@dataclass(frozen=True)
class CubeSpec:
    """A validated cube; as it stands in `order.json`."""

    spw_name: str
    virtual_spw: int
    restfreq_hz: float
    start_hz: float
    width_hz: float
    nchan: int
    mode: str
    start: str
    width: str

    @property
    def end_hz(self) -> float:
        """Centre of the last channel."""
        return self.start_hz + (self.nchan - 1) * self.width_hz


class BadParameterError(ArchiveError):
    code = "bad-parameter"

    def __init__(self, parameter: str, value: object, rule: str) -> None:
        super().__init__(f"{parameter} is {value!r}; it must be {rule}.", f"Correct {parameter} and send it again.")
        self.parameter = parameter


class UnknownWindowError(ArchiveError):
    code = "unknown-spw"

    def __init__(self, spw: object, windows: Mapping[int, Window]) -> None:
        known = ", ".join(f"{window.virtual} ({window.name})" for window in windows.values())
        super().__init__(
            f"{spw!r} is not a science spectral window with a range common to all execution blocks.",
            f"Give spw as one of the virtual ids {known}." if known else "This MOUS has none: write to the helpdesk.",
        )


class RestFrequencyNeededError(ArchiveError):
    code = "restfreq-needed"

    def __init__(self, window: Window) -> None:
        super().__init__(
            f"A cube in velocity needs the rest frequency of its line; none is known for spw {window.virtual}.",
            'Add restfreq with its unit, e.g. "230.538GHz".',
        )


class ChannelTooNarrowError(ArchiveError):
    code = "channel-too-narrow"

    def __init__(self, asked: str, native: str, window: Window) -> None:
        super().__init__(
            f"width {asked} is narrower than the channels of spw {window.virtual}, which are {native}.",
            f"Ask for {native} or more.",
        )


class OutsideCoverageError(ArchiveError):
    code = "outside-coverage"

    def __init__(self, what: str, window: Window, allowed: str, largest: int) -> None:
        fits = f"; from this start at most {largest} channels of this width fit" if largest > 0 else ""
        super().__init__(
            f"{what} is outside what all execution blocks cover of spw {window.virtual} in the LSRK frame.",
            f"Whole channels must lie within {allowed}{fits}.",
        )


def cube_spec(asked: Mapping[str, Any], windows: Mapping[int, Window]) -> CubeSpec:
    """The cube `asked` for (parameters of the API), on the window it names."""
    window = _window(asked, windows)
    axis = _axis(asked, window)
    width_hz = _width(asked, axis, window)
    start_hz = _start(asked, axis, window, width_hz)
    nchan = _nchan(asked, axis, width_hz)
    largest = fitting(window, start_hz, width_hz)
    if nchan is None:
        nchan = max(1, min(largest, _untrimmed(window, start_hz, width_hz)))
    if nchan > largest:
        # Nobody needs to know where the billionth channel would lie, and floats end somewhere.
        end = axis.write(axis.from_hz(start_hz + (min(nchan, 10**9) - 1) * width_hz))
        raise _outside(f"The last of {nchan} channels, at {end},", window, axis, largest)
    return CubeSpec(
        spw_name=window.name,
        virtual_spw=window.virtual,
        restfreq_hz=axis.rest_hz,
        start_hz=start_hz,
        width_hz=width_hz,
        nchan=nchan,
        mode=axis.mode,
        start=axis.write(axis.from_hz(start_hz)),
        width=axis.write(axis.step_from_hz(width_hz)),
    )


def _outside(what: str, window: Window, axis: Axis, largest: int) -> OutsideCoverageError:
    return OutsideCoverageError(what, window, axis.range(window.low_hz, window.high_hz), largest)


def fitting(window: Window, start_hz: float, width_hz: float) -> int:
    """How many whole channels from `start_hz` on stay within the coverage."""
    room = window.high_hz - start_hz if width_hz > 0 else start_hz - window.low_hz
    return math.floor(room / abs(width_hz) + 0.5 + SLACK)


def _untrimmed(window: Window, start_hz: float, width_hz: float) -> int:
    """Channels to the last but one native channel: the edge ones are left out, as the pipeline does."""
    edge = window.high_hz - window.width_hz if width_hz > 0 else window.low_hz + window.width_hz
    return math.floor(abs(edge - start_hz) / abs(width_hz) + 0.5 + SLACK)


def _window(asked: Mapping[str, Any], windows: Mapping[int, Window]) -> Window:
    spw = asked.get("spw")
    number = whole(spw)
    if number is None or number not in windows:
        raise UnknownWindowError(spw, windows)
    return windows[number]


def _axis(asked: Mapping[str, Any], window: Window) -> Axis:
    mode = asked.get("mode", "frequency")
    if mode not in MODES:
        raise BadParameterError("mode", mode, "frequency or velocity")
    rest_hz = window.representative_hz
    if "restfreq" in asked:
        rest_hz = spectrum.frequency_hz(asked["restfreq"], "restfreq")
        if rest_hz <= 0:
            raise BadParameterError("restfreq", asked["restfreq"], "above zero")
    if rest_hz is None and mode == "velocity":
        raise RestFrequencyNeededError(window)
    return Axis(mode, rest_hz or (window.low_hz + window.high_hz) / 2)


def _width(asked: Mapping[str, Any], axis: Axis, window: Window) -> float:
    """Signed, in Hz.  Without one: the native width, in the direction in which the user's quantity rises."""
    rising = -1 if axis.mode == "velocity" else 1
    if "width" not in asked:
        return rising * window.width_hz
    hz = axis.step_to_hz(axis.read(asked["width"], "width"))
    if hz == 0:
        raise BadParameterError("width", asked["width"], "other than zero")
    if abs(hz) < NARROWEST * window.width_hz:
        native = axis.write(abs(axis.step_from_hz(window.width_hz)))
        raise ChannelTooNarrowError(str(asked["width"]), native, window)
    return math.copysign(max(abs(hz), window.width_hz), hz)


def _start(asked: Mapping[str, Any], axis: Axis, window: Window, width_hz: float) -> float:
    """Centre of the first channel, in Hz.  Without one: one native channel in from the end where the grid begins."""
    margin = window.width_hz + abs(width_hz) / 2
    if "start" not in asked:
        start_hz = window.low_hz + margin if width_hz > 0 else window.high_hz - margin
        what = "A channel of this width"
    else:
        start_hz = axis.to_hz(axis.read(asked["start"], "start"))
        what = f"The first channel, at {asked['start']},"
    half = abs(width_hz) * (0.5 - SLACK)
    if not window.low_hz + half <= start_hz <= window.high_hz - half:
        raise _outside(what, window, axis, 0)
    return start_hz


def _nchan(asked: Mapping[str, Any], axis: Axis, width_hz: float) -> int | None:
    if "nchan" in asked and "total_width" in asked:
        raise BadParameterError("total_width", asked["total_width"], "left out when nchan is given")
    if "nchan" in asked:
        nchan = whole(asked["nchan"])
        if nchan is None or nchan < 1:
            raise BadParameterError("nchan", asked["nchan"], "a whole number of channels, 1 or more")
        return nchan
    if "total_width" not in asked:
        return None
    total = axis.read(asked["total_width"], "total_width")
    if total <= 0:
        raise BadParameterError("total_width", asked["total_width"], "above zero")
    return max(1, math.floor(min(abs(axis.step_to_hz(total) / width_hz), 1e9) + 0.5))


def whole(value: object) -> int | None:
    """A whole number, also when a form sent it as text."""
    if isinstance(value, str) and value.isascii() and value.strip().isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
