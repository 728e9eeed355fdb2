"""The rows of sharing: who sees who has access, who gives and ends it, and who accepts an invitation."""

import hashlib

from allauth.account.models import EmailAddress

from archive.models import Invitation
from tests.matrix import expected as told
from tests.matrix.expected import ALL, HAVE, HIDDEN, LOG_IN, MOVED, NOBODY, Row, Table
from tests.matrix.world import STATES

SECRET = "the-secret-of-the-letter"
ONCE = tuple(STATES)  # a project has one page of access, whatever MOUSs it has
OPEN = [state for state in STATES if state not in HIDDEN]
FOR_THE_PI = {"scientist", "superuser"}


def _open_or_hidden(unknown, when_open, when_hidden) -> Table:
    """Of a project that all may know of, and of one that is hidden from whoever has nothing of it."""
    return [(OPEN, [(NOBODY, unknown), *when_open]), (HIDDEN, [(NOBODY, unknown), *when_hidden])]


def _overview() -> Table:
    seen, seen_hidden = {"PI", "reducer"} | FOR_THE_PI, {"PI", "reducer"}
    return _open_or_hidden(LOG_IN, [(seen, 200), (ALL, 403)], [(seen_hidden, 200), (HAVE, 403), (ALL, 404)])


def _giving(done, unknown) -> Table:
    return _open_or_hidden(
        unknown, [({"PI"} | FOR_THE_PI, done), (ALL, 403)], [({"PI"}, done), (HAVE, 403), (ALL, 404)]
    )


def _of_delegee(done, unknown, *, herself) -> Table:
    """Of the delegation of the delegee who may process; nobody else's number finds it."""
    hers = ({"delegee process"}, herself)
    return _open_or_hidden(unknown, [({"PI"} | FOR_THE_PI, done), hers, (ALL, 404)], [({"PI"}, done), hers, (ALL, 404)])


def _of_invitation(done, unknown) -> Table:
    return _open_or_hidden(unknown, [({"PI"} | FOR_THE_PI, done), (ALL, 404)], [({"PI"}, done), (ALL, 404)])


def _project(place):
    return [place.project.code]


def _delegation(place):
    return [place.delegation.pk]


def _invitation(place):
    return [place.invitation.pk]


def _form(place):
    return {"guest": "stranger", "reason": "the PI asked"}


def _body(place):
    return {"project": place.project.code, "delegee": "stranger", "reason": "the PI asked"}


def _reason(place):
    return {"reason": "the PI asked"}


def _letter(case):
    """The person follows the link of the letter."""
    sha256 = hashlib.sha256(SECRET.encode()).hexdigest()
    Invitation.objects.filter(pk=case.place.invitation.pk).update(secret_sha256=sha256)
    return [SECRET]


def _own_letter(case):
    """The letter went to an address that this person has proved."""
    if case.person != "anonymous":
        facts = {"email": case.place.invitation.address, "verified": True}
        EmailAddress.objects.create(user=case.world.people[case.person], **facts)
    return _letter(case)


SHARING = {
    "access": [Row({"GET": _overview()}, _project, states=ONCE)],
    "access-log": [Row({"GET": _overview()}, _project, states=ONCE)],
    "grant": [Row({"POST": _giving(MOVED, LOG_IN)}, _project, body=_form, states=ONCE)],
    "revoke": [Row({"POST": _of_delegee(MOVED, LOG_IN, herself=403)}, _delegation, body=_reason, states=ONCE)],
    "withdraw-invitation": [Row({"POST": _of_invitation(MOVED, LOG_IN)}, _invitation, body=_reason, states=ONCE)],
    "invitation": [
        Row(
            {
                "GET": told.everywhere((NOBODY, 200), (ALL, 403)),
                "POST": told.everywhere((NOBODY, LOG_IN), (ALL, 403)),
            },
            prepare=_letter,
            states=ONCE,
        ),
        Row(
            {
                "GET": told.everywhere((NOBODY, 200), ({"PI"}, 400), (ALL, 200)),
                "POST": told.everywhere((NOBODY, LOG_IN), ({"PI"}, 400), (ALL, MOVED)),
            },
            prepare=_own_letter,
            states=ONCE,
        ),
        Row(
            {"GET": told.anyone(404), "POST": told.everywhere((NOBODY, LOG_IN), (ALL, 404))},
            lambda place: ["no-such-secret"],
        ),
    ],
    "shared": [Row({"GET": told.account(200)})],
    "api-delegations": [
        Row({"GET": told.account(200, 401)}, scope="delegate"),
        Row({"POST": _giving(201, 401)}, scope="delegate", body=_body, states=ONCE),
    ],
    "api-delegation": [
        Row(
            {"GET": _of_delegee(200, 401, herself=200), "DELETE": _of_delegee(204, 401, herself=403)},
            _delegation,
            "delegate",
            body=_reason,
            states=ONCE,
        )
    ],
    "api-invitations": [Row({"GET": told.account(200, 401)}, scope="delegate")],
    "api-invitation": [
        Row(
            {"GET": _of_invitation(200, 401), "DELETE": _of_invitation(204, 401)},
            _invitation,
            "delegate",
            body=_reason,
            states=ONCE,
        )
    ],
}
