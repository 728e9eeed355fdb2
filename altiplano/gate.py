"""The door: before any view runs, its route must have a policy and the caller must satisfy it.

API views are the exception to the second half.  Who calls them may be said by a token, which only they can read, so
their permission class asks (archive/policy.py); it reads the rule that is left here on the request.
"""

import logging

from django.contrib.auth.views import redirect_to_login
from django.utils.cache import patch_cache_control
from rest_framework.views import APIView

from altiplano import answers, policies
from archive.errors import ArchiveError
from archive.policy import Who, rule_for
from archive.staff import require_role

log = logging.getLogger(__name__)


class Gate:
    """What depends on who asks must stay out of caches that many share, so the answers of guarded routes say so."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        rule = getattr(request, "policy", None)
        if rule and rule.guarded:
            patch_cache_control(response, private=True)
        return response

    def process_view(self, request, view, args, kwargs):
        policy = policies.of(request.resolver_match)
        if policy is None:
            log.error("No policy is declared for the route %s", request.resolver_match.view_name)
        try:
            request.policy = rule_for(_method(request, view), policy)
            return None if _asks_itself(view) else _stop(request)
        except ArchiveError as error:
            return answers.outside(request, error)


def _asks_itself(view):
    return issubclass(getattr(view, "cls", object), APIView)


def _method(request, view):
    """An API view describes itself to whoever may read from it; a page has no OPTIONS."""
    return "GET" if request.method == "OPTIONS" and _asks_itself(view) else request.method


def _stop(request):
    """None to let the caller pass; who has not logged in is asked to."""
    rule = request.policy
    if rule.who is Who.ANYONE:
        return None
    if not request.user.is_authenticated:
        return _log_in(request)
    if rule.who is Who.STAFF:
        require_role(request.user, *rule.roles)
    return None


def _log_in(request):
    if answers.is_for_programs(request):
        error = answers.NamedError(401, "not-authenticated", "This address is for those who have logged in.")
        return answers.outside(request, error)
    return redirect_to_login(request.get_full_path())
