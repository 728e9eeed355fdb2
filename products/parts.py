"""How an upload is cut into parts: few enough for S3, and few of them in memory at once.

Each part that waits or is under way is held in memory, and so is the one that is being read.
"""

from dataclasses import dataclass

PART_BYTES = 8 * 2**20
MOST_PARTS = 9000  # S3 allows 10 000 parts of one object
UPLOAD_BYTES = 64 * 2**20  # memory that one upload may take, as long as the parts allow it
UPLOADS_AT_ONCE = 4


@dataclass(frozen=True)
class Plan:
    part_bytes: int
    at_once: int  # parts under way
    held: int  # parts that wait or are under way, beside the one that is being read


def plan(size: int, memory: int = UPLOAD_BYTES) -> Plan:
    """For `size` bytes in `memory`; two parts are the least, so beyond `memory / 2 * MOST_PARTS` it takes more."""
    part = max(PART_BYTES, -(-size // MOST_PARTS))
    held = max(1, min(2 * UPLOADS_AT_ONCE, memory // part - 1))
    return Plan(part, min(UPLOADS_AT_ONCE, held), held)


def needed(size: int, memory: int = UPLOAD_BYTES) -> int:
    """Bytes of memory that an upload of `size` bytes takes, given `memory`."""
    planned = plan(size, memory)
    return min(size, (planned.held + 1) * planned.part_bytes) or planned.part_bytes
