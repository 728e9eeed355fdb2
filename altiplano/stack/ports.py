"""Loopback ports: whether one is free, and a free block for a temporary stack."""

import random
import socket

from .errors import PortInUseError, StackError
from .layout import GRPC_DISTANCE

# Below 32768 the kernel hands out no ports of its own accord (ip_local_port_range), so only other servers collide.
# PostgreSQL takes the last port of a block of eight, S3 the first five, each with its gRPC twin 10000 higher.
_BLOCKS = range(12000, 20000, 8)
_claims: list[socket.socket] = []


def require_free(port: int, *, server: str, variable: str) -> None:
    if not is_free(port):
        raise PortInUseError(
            f"Port {port}, which {server} needs, is in use by another program; "
            f"end that program or set {variable} to a free port."
        )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT counts as free, one that somebody listens on does not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_block() -> tuple[int, int]:
    """Ports for PostgreSQL and S3, which no other process of ours is given while this one lives.

    Another program may still take them before we do, so the caller must try again.
    """
    for first in random.SystemRandom().sample(_BLOCKS, 200):
        wanted = [first + 7, *(first + step + twin for step in range(5) for twin in (0, GRPC_DISTANCE))]
        if all(is_free(port) for port in wanted) and _claim(first):
            return first + 7, first
    raise StackError("No free block of ports was found between 12000 and 30000; end some servers and try again.")


def _claim(first: int) -> bool:
    """By an abstract socket (unix(7)): it belongs to the same network namespace as the ports and ends with us."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0altiplano-ports-{first}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True
