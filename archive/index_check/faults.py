"""What can be wrong, by code.  Codes are for programs and for good: docs/operating.md explains each to people."""

from dataclasses import dataclass
from datetime import datetime

CODES = {
    "block-not-indexed": "an execution block is named but not indexed for the MOUS",
    "blocks-differ": "manifest, processing request and restore script name different execution blocks",
    "missing-raw": "raw data of an execution block that the calibration used are missing",
    "raw-not-stored": "an execution block has raw data by its row, but no file has them",
    "raw-without-calibration": "raw data are there that the calibration in force does not name",
    "block-without-calibration": "calibration files that an execution block needs are missing",
    "part-missing": "not all numbered parts of the products have come",
    "orphan-mous": "a delivered MOUS is not in ObsCore",
    "not-searchable": "a delivered MOUS has no row in the index of search",
    "sb-name-differs": "the processing request names another scheduling block than the index",
    "missing-file": "a manifest lists a file that was not delivered (found at ingestion)",
    "differing-sessions": "manifest and restore script put a block into different sessions (found at ingestion)",
    "no-preview": "no preview can be made of an image (found when it was made)",
    "raw-size-differs": "a raw tar cannot hold the raw data that its block has",
    "object-missing": "the store does not hold the object of a file",
    "size-differs": "a stored object has another size than its row",
    "sidecar-missing": "the store does not tell what a MOUS is made of, or tells what was",
    "digest-differs": "a stored object does not have the SHA-256 of its row (found by the fixity check)",
    "damaged-file": "a file that was registered before it was read is damaged, as it came (found by the fixity check)",
    "object-without-row": "the store holds objects that no file points to",
    "copy-differs": "rows of search have an old copy of what is decided about their MOUS",
    "tally-differs": "a count kept for search is not the number of rows",
    "row-points-nowhere": "rows of search, or execution blocks that they name, point to something that does not exist",
    "index-missing": "an index of the table of search is missing in the database",
}
# Written down when a delivery came in, or after it, and settled when it is mended; the check repeats them and settles
# none.
OF_INGESTION = frozenset({"missing-file", "differing-sessions", "no-preview", "digest-differs", "damaged-file"})
# Only to be said of the whole archive, or of the store
OF_ALL = frozenset({"object-without-row", "row-points-nowhere", "index-missing"})
OF_STORE = frozenset({"object-missing", "size-differs", "sidecar-missing", "object-without-row"})


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; `mous` and `uid` are empty where it is of the whole index."""

    code: str
    sentence: str
    subject: str = ""
    mous: int | None = None  # primary key
    uid: str = ""
    project: str = ""
    since: datetime | None = None  # when it was found first, once it is written down

    def told(self) -> dict:
        """As in JSON; programs rely on these names."""
        return {
            "code": self.code,
            "project": self.project or None,
            "mous": self.uid or None,
            "subject": self.subject or None,
            "sentence": self.sentence,
            "since": self.since.isoformat() if self.since else None,
        }
