"""The rows of what is wrong: any account reports it, staff who see findings read and answer."""

from archive.models import ProblemReport
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
