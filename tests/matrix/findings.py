"""The rows of what is wrong: any account reports it, staff who see findings read and answer."""

from archive.models import ProblemReport
from products.models import IngestRun
from tests.make import NOW
from tests.matrix import expected as told
from tests.matrix.expected import (
    ALL,
    ANY,
    DESCRIBED,
    HAVE,
    HAVE_SISTER,
    HIDDEN,
    LOG_IN,
    MOVED,
    NOBODY,
    STAFF,
    Row,
    Table,
)

SEE = STAFF - {"administrator"}
OTHERS = ALL - SEE - NOBODY
FOLLOW = {"operator", "scientist", "superuser"}


def reporting(done) -> Table:
    """A report is work for people: it needs an account, and a MOUS that one may know of."""
    return [
        (DESCRIBED, [(NOBODY, LOG_IN), (ALL, done)]),
        (HIDDEN, [(NOBODY, LOG_IN), (HAVE, done), (ALL, 404)]),
        (["confidential sister"], [(NOBODY, LOG_IN), (HAVE_SISTER, done), (ALL, 404)]),
    ]


def answering(done) -> Table:
    """The assigned data reducer is the only one of the staff from whom a confidential project is not hidden."""
    return [
        (DESCRIBED, [(NOBODY, LOG_IN), (SEE, done), (ALL, 403)]),
        ([*HIDDEN, "confidential sister"], [(NOBODY, LOG_IN), (OTHERS, 403), ({"reducer"}, done), (ALL, 404)]),
    ]


def following(done) -> Table:
    """Runs are for who sees to ingestion; what is hidden from them is hidden here too."""
    first = [(NOBODY, LOG_IN), (ALL - FOLLOW - NOBODY, 403)]
    return [(DESCRIBED, [*first, (ALL, done)]), ([*HIDDEN, "confidential sister"], [*first, (ALL, 404)])]


def failed_run(case):
    facts = {"command": "ingest_delivery", "phase": "failed", "reason": "x", "ended_at": NOW}
    return [IngestRun.objects.create(mous_uid=case.place.mous.uid, **facts).pk]


def report_of_stranger(case):
    facts = {"reporter": case.world.people["stranger"], "snapshot": {"state": {}}, "found": []}
    return [ProblemReport.objects.create(mous=case.place.mous, text="A file is missing.", **facts).pk]


FINDINGS = {
    "report": [
        Row(
            {"GET": reporting(200), "POST": reporting(MOVED)},
            lambda place: [place.mous.name],
            body=lambda place: {"text": "The second block is missing."},
            states=ANY,
        )
    ],
    "ingests": [Row({"GET": told.staff(200, FOLLOW)})],
    "keeping": [Row({"GET": told.staff(200, FOLLOW)})],
    "ingest": [Row({"GET": following(200)}, prepare=failed_run, states=ANY)],
    "ingest-again": [Row({"POST": following(MOVED)}, prepare=failed_run, states=ANY)],
    "findings": [Row({"GET": told.staff(200, SEE)})],
    "problem": [
        Row(
            {"GET": answering(200), "POST": answering(MOVED)},
            prepare=report_of_stranger,
            body=lambda place: {"answer": "It is there now."},
            states=ANY,
        )
    ],
}
