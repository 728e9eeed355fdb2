"""Asking the database for what is wanted soon, while whoever wants it does something else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from products import streams

T = TypeVar("T")


class Aside:
    """A thread with a connection of its own, which it gives back after each time; it begins when it is needed."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "aside")

    def do(self, call: Callable[..., T], *args: object) -> Callable[[], T]:
        """What waits for the result; in a transaction, which no other connection sees into, it is there already."""
        if connection.in_atomic_block:
            result = call(*args)
            return lambda: result
        return self._pool.submit(_done, call, args).result

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _done(call, args):
    try:
        return call(*args)
    finally:
        streams.give_connection_back()
