"""The rows of decisions: the PI and staff read them, archive scientists make them, of what they may know of."""

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

TOLD = {"PI", *STAFF}
APPOINTERS = frozenset({"administrator", "superuser"})
DECIDERS = {"scientist", "superuser"}


def read(sisters) -> Table:
    """The assigned data reducer is the only one of the staff from whom a confidential project is not hidden."""
    nobody = (NOBODY, LOG_IN)
    return [
        (DESCRIBED, [nobody, (TOLD, 200), (ALL, 403)]),
        (HIDDEN, [nobody, ({"PI", "reducer"}, 200), (HAVE, 403), (ALL, 404)]),
        (["confidential sister"], [nobody, ({"PI", "reducer"}, 200), (sisters, 403), (ALL, 404)]),
    ]


def decided(sisters) -> Table:
    nobody = (NOBODY, LOG_IN)
    return [
        (DESCRIBED, [nobody, (DECIDERS, MOVED), (ALL, 403)]),
        (HIDDEN, [nobody, (HAVE, 403), (ALL, 404)]),
        (["confidential sister"], [nobody, (sisters, 403), (ALL, 404)]),
    ]


# Operators see the request of a cube, and leave its worth to others.
WITHDRAWAL: Table = [
    (DESCRIBED, [(NOBODY, LOG_IN), ({"PI", "superuser"}, MOVED), ({"operator"}, 403), (ALL, 404)]),
    ([*HIDDEN, "confidential sister"], [(NOBODY, LOG_IN), ({"PI"}, MOVED), (ALL, 404)]),
]


def withdrawn(done, unknown) -> Table:
    """A cube of the PI, found by who may know of it: she and archive scientists withdraw it and bring it back."""
    nobody = (NOBODY, unknown)
    return [
        (DESCRIBED, [nobody, ({"PI", *DECIDERS}, done), (ALL, 403)]),
        (HIDDEN, [nobody, ({"PI"}, done), (HAVE, 403), (ALL, 404)]),
        (["confidential sister"], [nobody, ({"PI"}, done), (HAVE_SISTER, 403), (ALL, 404)]),
    ]


def of_qa2(place):
    return {"decision": "qa2", "state": "FAIL", "reason": "wrong flux scale"}


def of_confidentiality(place):
    return {"decision": "confidential", "reason": "asked for by the PI"}


def appointment(place):
    return {"decision": "appoint", "person": "stranger", "role": "operator", "reason": "new on the team"}


DECIDING = {
    "mous-decisions": [
        Row(
            {"GET": read(HAVE_SISTER), "POST": decided(HAVE_SISTER)},
            lambda place: [place.mous.name],
            body=of_qa2,
            states=ANY,
        )
    ],
    "project-decisions": [
        Row(
            {"GET": read(HAVE), "POST": decided(HAVE)},
            lambda place: [place.project.code],
            body=of_confidentiality,
            states=ANY,
        )
    ],
    "roles": [
        Row({"GET": told.staff(200, APPOINTERS), "POST": told.staff(MOVED, APPOINTERS)}, body=appointment),
    ],
}
