"""One line on a terminal: how much of it is here, how fast, how long yet.  Nothing where nobody looks."""

from __future__ import annotations

import sys
import threading
import time

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
EVERY_SECONDS = 0.2


class Progress:
    """Told by any thread.  `seconds` since the start are counted by `clock`."""

    def __init__(self, total: int, files: int, *, stream=None, clock=time.monotonic, quiet: bool = False) -> None:
        self.came_bytes = 0
        self.total, self.files, self.ended_files = total, files, 0
        self._stream = sys.stderr if stream is None else stream
        self._shown = not quiet and self._stream.isatty()
        self._clock = clock
        self._begun = clock()
        self._last = float("-inf")
        self._known = 0  # bytes of the total that were there before
        self._lock = threading.Lock()

    def came(self, count: int) -> None:
        with self._lock:
            self.came_bytes += count
            self._draw()

    def had(self, count: int) -> None:
        """Bytes that need not come."""
        with self._lock:
            self._known += count

    def ended(self) -> None:
        with self._lock:
            self.ended_files += 1
            self._draw()

    def say(self, line: str) -> None:
        """A line that stays, above the one that changes."""
        with self._lock:
            self._clear()
            print(line, file=self._stream, flush=True)

    def close(self) -> None:
        with self._lock:
            self._clear()

    def line(self) -> str:
        seconds = max(self._clock() - self._begun, 1e-3)
        rate = self.came_bytes / seconds
        here = min(self._known + self.came_bytes, self.total)
        share = here / self.total if self.total else 1.0
        left = f", {_time((self.total - here) / rate)} left" if rate and here < self.total else ""
        files = f"{self.ended_files}/{self.files} files"
        return f"{share:6.1%}  {size(here)} of {size(self.total)}  {files}  {size(rate)}/s{left}"

    def _draw(self) -> None:
        now = self._clock()
        if self._shown and now - self._last >= EVERY_SECONDS:
            self._last = now
            self._stream.write(f"\r\x1b[K{self.line()}")
            self._stream.flush()

    def _clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")


def size(count: float) -> str:
    for unit in UNITS:
        if count < 999.5 or unit == UNITS[-1]:
            return f"{count:.0f} {unit}" if count >= 100 else f"{count:.3g} {unit}"
        count /= 1000
    raise AssertionError


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
