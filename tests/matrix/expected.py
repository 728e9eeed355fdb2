"""Who gets what at which address: written by hand from what the archive promises, not from its code.

A table says what comes of a request by the state of the data and by person; the first line that fits counts.  Words:
a number is the status of the answer, LOG_IN a redirect to the log-in page, MOVED one to any other page, which is how
a form says that it was done.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.matrix.world import PEOPLE, SISTERS, STATES, Place, World

LOG_IN, MOVED = "log in", "moved"
ALL = set(PEOPLE)
NOBODY = {"anonymous"}
# Who may have the data of a project before their release, and of a MOUS that was not named to the last.
HAVE = {"PI", "delegee download", "delegee process", "one-MOUS delegee", "reducer"}
HAVE_SISTER = HAVE - {"one-MOUS delegee"}
# Who may look at data that are recalled.
LOOK = {"reducer"}
# Who may also have work done with them.
WORK = HAVE - {"delegee download"}
WORK_SISTER = WORK - {"one-MOUS delegee"}
STAFF = {"operator", "reducer", "reducer elsewhere", "scientist", "administrator", "superuser"}
QUEUE = {"operator", "superuser"}

RELEASED = ("public", "this second")
RECALLED = ("recalled", "recalled, confidential")
DESCRIBED = (*RELEASED, "proprietary", "proprietary sister", "recalled")
HIDDEN = ("confidential", "confidential, released", "recalled, confidential")
ANY = (*STATES, *SISTERS)

Table = list[tuple[Iterable[str], list[tuple[set[str], object]]]]


def everywhere(*lines) -> Table:
    return [(ANY, list(lines))]


DESCRIPTION: Table = [
    (DESCRIBED, [(ALL, 200)]),
    (HIDDEN, [(HAVE, 200), (ALL, 404)]),
    (["confidential sister"], [(HAVE_SISTER, 200), (ALL, 404)]),
]
PROJECT: Table = [(DESCRIBED, [(ALL, 200)]), ([*HIDDEN, "confidential sister"], [(HAVE, 200), (ALL, 404)])]
# Search leads straight to what is named, if the reader may know of it, and else finds nothing.
NAMED_MOUS: Table = [
    (DESCRIBED, [(ALL, MOVED)]),
    (HIDDEN, [(HAVE, MOVED), (ALL, 200)]),
    (["confidential sister"], [(HAVE_SISTER, MOVED), (ALL, 200)]),
]
NAMED_PROJECT: Table = [(DESCRIBED, [(ALL, MOVED)]), ([*HIDDEN, "confidential sister"], [(HAVE, MOVED), (ALL, 200)])]
BYTES: Table = [
    (RELEASED, [(ALL, 200)]),
    (["proprietary"], [(HAVE, 200), (NOBODY, 401), (ALL, 403)]),
    (["proprietary sister"], [(HAVE_SISTER, 200), (NOBODY, 401), (ALL, 403)]),
    # Whoever it belongs to: only who is assigned to find out what is wrong may look
    (["recalled"], [(LOOK, 200), (NOBODY, 401), (ALL, 403)]),
    (["recalled, confidential"], [(LOOK, 200), (HAVE, 403), (ALL, 404)]),
    (HIDDEN, [(HAVE, 200), (ALL, 404)]),
    (["confidential sister"], [(HAVE_SISTER, 200), (ALL, 404)]),
]
# A page of the same says so with its own words, also to who is not logged in.
BYTES_ON_PAGE: Table = [(states, [line for line in lines if line[1] != 401]) for states, lines in BYTES]
# Into the cart comes what one may know of, locked or not.
INTO_CART: Table = [
    (states, [(people, MOVED if done == 200 else done) for people, done in lines]) for states, lines in DESCRIPTION
]
# What one may not have is left out of a bundle, hidden or not, and a bundle of nothing is refused.
CHOSEN: Table = [
    (RELEASED, [(ALL, 201)]),
    (RECALLED, [(LOOK, 201), (ALL, 400)]),
    (["proprietary", *HIDDEN], [(HAVE, 201), (ALL, 400)]),
    (["proprietary sister", "confidential sister"], [(HAVE_SISTER, 201), (ALL, 400)]),
]
CHOSEN_ON_PAGE: Table = [
    (states, [(people, MOVED if done == 201 else done) for people, done in lines]) for states, lines in CHOSEN
]


def work(done, unknown) -> Table:
    """Processing needs an account, also of public data."""
    only = [(NOBODY, unknown)]
    return [
        (RELEASED, [*only, (ALL, done)]),
        (["recalled"], [*only, (ALL, 403)]),
        (["recalled, confidential"], [*only, (HAVE, 403), (ALL, 404)]),
        (["proprietary"], [*only, (WORK, done), (ALL, 403)]),
        (["proprietary sister"], [*only, (WORK_SISTER, done), (ALL, 403)]),
        (HIDDEN, [*only, (WORK, done), ({"delegee download"}, 403), (ALL, 404)]),
        (["confidential sister"], [*only, (WORK_SISTER, done), ({"delegee download"}, 403), (ALL, 404)]),
    ]


def of_pi(done, unknown, staff=frozenset(QUEUE)) -> Table:
    """Of a request that the PI made: she and the staff of the queue, who see none of a confidential project."""
    first = [(NOBODY, unknown), ({"PI"}, done)]
    return [
        (DESCRIBED, [*first, (set(staff), done), (ALL, 404)]),
        ([*HIDDEN, "confidential sister"], [*first, (ALL, 404)]),
    ]


def of_owner(done, unknown) -> Table:
    """Of what the PI alone may do with a request of hers; who watches the queue sees it."""
    first = [(NOBODY, unknown), ({"PI"}, done)]
    return [
        # What was made of data that are recalled is not kept longer
        (["recalled"], [(NOBODY, unknown), ({"PI", *QUEUE}, 403), (ALL, 404)]),
        (["recalled, confidential"], [(NOBODY, unknown), ({"PI"}, 403), (ALL, 404)]),
        (DESCRIBED, [*first, (QUEUE, 403), (ALL, 404)]),
        ([*HIDDEN, "confidential sister"], [*first, (ALL, 404)]),
    ]


def of_revoked(done, unknown) -> Table:
    """Of a request made by someone whose access was taken back: hers, as long as she may know of the MOUS."""
    return [
        (DESCRIBED, [(NOBODY, unknown), ({"revoked delegee"} | QUEUE, done), (ALL, 404)]),
        ([*HIDDEN, "confidential sister"], [(NOBODY, unknown), (ALL, 404)]),
    ]


def account(done, unknown=LOG_IN) -> Table:
    return everywhere((NOBODY, unknown), (ALL, done))


def anyone(done=200) -> Table:
    return everywhere((ALL, done))


def staff(done=200, roles=frozenset(STAFF)) -> Table:
    return everywhere((NOBODY, LOG_IN), (set(roles), done), (ALL, 403))


@dataclass
class Case:
    """One person at one place, for what has to be made ready for just these."""

    world: World
    place: Place
    person: str


@dataclass
class Row:
    """One way to call a route: its address for a place, the scope a token needs, and the table of each method it has.

    `prepare` is done before each request and undone after it; what it returns is added to the address.
    """

    tables: dict[str, Table]
    address: Callable[[Place], list] = lambda place: []
    scope: str | None = None
    query: Callable[[Place], str] = lambda place: ""
    body: Callable[[Place], dict] = lambda place: {}
    prepare: Callable[[Case], list] = lambda case: []
    states: Iterable[str] = ("public",)
    people: Iterable[str] = PEOPLE
    path: str = ""  # of a route that has no name to be found by
