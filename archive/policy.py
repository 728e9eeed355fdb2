"""What a route asks of its caller before it does anything: who may come, and what a token must be good for.

The table of routes stands in the settings package, which no app may import; it is handed over on the request.  An API
view reads it here, once it is known who calls.  A request that carries no rule is refused: nothing is open by
oversight.  Whether the caller may have the object that the route is about is asked later, in `archive.access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from rest_framework.permissions import BasePermission

from archive.errors import ArchiveError
from archive.identity import scopes_of
from archive.staff import Role, require_role


class Who(Enum):
    ANYONE = "anyone, also without an account"
    ACCOUNT = "who has logged in"
    STAFF = "archive staff, with one of the roles"


@dataclass(frozen=True)
class Rule:
    """For one method of a route; `scope` is what a token must be good for, None: a token is not enough.

    `guarded` says that the route is about an object which the access rule may keep from this caller or hide.
    """

    who: Who
    scope: str | None = None
    roles: tuple[str, ...] = tuple(Role)
    guarded: bool = False


Policy = Mapping[str, Rule]  # by method; HEAD goes with GET


class NoPolicyError(ArchiveError):
    status = 403
    code = "no-policy"

    def __init__(self):
        super().__init__(
            "This address is closed: nobody has declared who may use it.", "Tell the helpdesk, with the address."
        )


class SessionOnlyError(ArchiveError):
    status = 403
    code = "session-only"

    def __init__(self):
        super().__init__("No token is good for this.", "Log in with a browser and do it there.")


class TokenScopeError(ArchiveError):
    status = 403
    code = "token-scope"

    def __init__(self, scope):
        super().__init__(
            f"This token lacks the scope {scope}.", f"Make one that has it, on the page of API tokens: {scope}."
        )


class NotAMethodError(ArchiveError):
    status = 405
    code = "method-not-allowed"

    def __init__(self, method, policy):
        allowed = ", ".join([*policy, *(["HEAD"] if "GET" in policy else [])])
        super().__init__(f"{method} is not possible here.", f"Possible: {allowed}.")
        self.headers = {"Allow": allowed}


def rule_for(method: str, policy: Policy | None) -> Rule:
    """The rule for `method`; a route, or a method of it, that nobody has declared is closed."""
    if policy is None:
        raise NoPolicyError
    rule = policy.get("GET" if method == "HEAD" else method)
    if rule is None:
        raise NotAMethodError(method, policy)
    return rule


class Declared(BasePermission):
    """The API's one permission class: what the table says, of the account and of the token."""

    def has_permission(self, request, view):
        rule = getattr(request, "policy", None)
        if rule is None:
            raise NoPolicyError
        _require_scope(rule, scopes_of(request))
        if rule.who is Who.ANYONE:
            return True
        if not request.user.is_authenticated:
            return False
        if rule.who is Who.STAFF:
            require_role(request.user, *rule.roles)
        return True


def _require_scope(rule, scopes):
    """`scopes` is None for a caller who sent no token, and a caller without a name needs none."""
    if scopes is None:
        return
    if rule.scope is None:
        raise SessionOnlyError
    if rule.scope not in scopes:
        raise TokenScopeError(rule.scope)
