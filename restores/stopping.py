"""Whether this process was asked to stop.  Whoever works for long asks, and leaves what it does to the next process."""

import threading

_event = threading.Event()


class StopRequestedError(Exception):
    """The step ends here, its request unharmed; the next process goes on with it."""


def ask() -> None:
    _event.set()


def asked() -> bool:
    return _event.is_set()


def require_going() -> None:
    if _event.is_set():
        raise StopRequestedError


def pause(seconds: float) -> None:
    """Sleep, but not a moment longer than until the stop."""
    if _event.wait(seconds):
        raise StopRequestedError
