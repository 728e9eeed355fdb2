"""Who may call which route: one row for each, and no route without one.

A row names the route as Django does (`view_name`, with its namespace) and gives each method its rule.  What has no
row is closed: at run time with 403 (altiplano/gate.py), and in the tests, which walk all addresses
(tests/test_route_matrix.py).  A row says who may come to the door.  Whose data lie behind it is for archive/access.py
alone, and the rows that need it say so: they are `guarded`.

Files below /static/ have no route: WhiteNoise hands them out before any address is looked up, and all are public.
"""

from archive.models import Scope
from archive.policy import Policy, Rule, Who
from archive.staff import SEE_FINDINGS, SEE_INGESTS, Role

OPEN = Rule(Who.ANYONE)
PERSONAL = Rule(Who.ACCOUNT)

# Pages know their reader by session alone, programs also by token.  Descriptions are for everybody, but those of
# confidential projects; work needs an account, also on public data (FACTS 7).
PAGE = Rule(Who.ANYONE, guarded=True)
OWN_PAGE = Rule(Who.ACCOUNT, guarded=True)
FINDABLE = Rule(Who.ANYONE, Scope.SEARCH, guarded=True)
BYTES = Rule(Who.ANYONE, Scope.DOWNLOAD, guarded=True)
WORK = Rule(Who.ACCOUNT, Scope.REQUEST, guarded=True)
FINDINGS = Rule(Who.STAFF, roles=SEE_FINDINGS, guarded=True)
INGESTS = Rule(Who.STAFF, roles=SEE_INGESTS, guarded=True)
SHARING = Rule(Who.ACCOUNT, Scope.DELEGATE, guarded=True)

# Any role opens the door of the admin; what is behind it asks for the permission of its own model.
ADMIN: Policy = dict.fromkeys(("GET", "POST"), Rule(Who.STAFF, guarded=True))

POLICIES: dict[str, Policy] = {
    # Looking around
    "home": {"GET": PAGE},
    "search": {"GET": PAGE},
    "search-counts": {"GET": PAGE},
    "search-list": {"GET": PAGE, "POST": PAGE},
    "api-search": {"GET": FINDABLE},
    "api-search-count": {"GET": FINDABLE},
    "api-search-facets": {"GET": FINDABLE},
    "api-search-list": {"POST": FINDABLE},
    "api-search-export": {"GET": FINDABLE},
    "project": {"GET": PAGE},
    "gous": {"GET": PAGE},
    "mous": {"GET": PAGE},
    "product-page": {"GET": PAGE},
    "api-project": {"GET": FINDABLE},
    "api-gous": {"GET": FINDABLE},
    "api-mous": {"GET": FINDABLE},
    "completeness": {"GET": PAGE},
    "api-completeness": {"GET": FINDABLE},
    "api-products": {"GET": FINDABLE},
    "api-product": {"GET": FINDABLE},
    # Bytes
    "product-file": {"GET": BYTES},
    "product-named": {"GET": BYTES},
    "raw-data": {"GET": BYTES},
    "product-blocks": {"GET": BYTES},
    "api-previews": {"GET": BYTES},
    "preview": {"GET": BYTES},
    "cart": {"GET": PAGE},
    "cart-change": {"POST": PAGE},
    "bundles": {"POST": PAGE},
    "bundle-page": {"GET": PAGE},
    "api-bundles": {"POST": BYTES},
    "api-bundle": {"GET": BYTES},
    "bundle-sums": {"GET": BYTES},
    "bundle-manifest": {"GET": BYTES},
    "bundle-script": {"GET": BYTES},
    "bundle-file": {"GET": BYTES},
    # Work
    "restore": {"POST": OWN_PAGE},
    "image": {"GET": OWN_PAGE, "POST": OWN_PAGE},
    "requests": {"GET": OWN_PAGE},
    "request": {"GET": OWN_PAGE},
    "abort": {"POST": OWN_PAGE},
    "renew": {"POST": OWN_PAGE},
    "api-restore-renewal": {"POST": WORK},
    "withdraw-cube": {"POST": OWN_PAGE},
    "withdraw-product": {"POST": OWN_PAGE},
    "bring-back": {"POST": OWN_PAGE},
    "api-withdrawal": {"POST": WORK, "DELETE": WORK},
    "api-restores": {"GET": WORK, "POST": WORK},
    "api-restore": {"GET": WORK, "DELETE": WORK},
    "api-images": {"GET": WORK, "POST": WORK},
    "api-image": {"GET": WORK, "DELETE": WORK},
    "report": {"GET": OWN_PAGE, "POST": OWN_PAGE},
    # Sharing
    "grant": {"POST": OWN_PAGE},
    "revoke": {"POST": OWN_PAGE},
    "api-delegations": {"GET": SHARING, "POST": SHARING},
    "api-delegation": {"GET": SHARING, "DELETE": SHARING},
    "api-invitations": {"GET": SHARING},
    "api-invitation": {"GET": SHARING, "DELETE": SHARING},
    "access": {"GET": OWN_PAGE},
    "access-log": {"GET": OWN_PAGE},
    "shared": {"GET": OWN_PAGE},
    "withdraw-invitation": {"POST": OWN_PAGE},
    "invitation": {"GET": PAGE, "POST": OWN_PAGE},
    # Accounts and tokens
    "login": {"GET": OPEN, "POST": OPEN},
    "logout": {"POST": OPEN},
    "account_login": {"GET": OPEN, "POST": OPEN},
    "account_logout": {"POST": OPEN},
    "account_signup": {"GET": OPEN, "POST": OPEN},
    "account_confirm_email": {"GET": OPEN, "POST": OPEN},
    "account_reset_password": {"GET": OPEN, "POST": OPEN},
    "account_reset_password_from_key": {"GET": OPEN, "POST": OPEN},
    "mfa_authenticate": {"GET": OPEN, "POST": OPEN},
    "openid_connect_login": {"GET": OPEN, "POST": OPEN},
    "socialaccount_signup": {"GET": OPEN, "POST": OPEN},
    "account_inactive": {"GET": OPEN},
    "account_email_verification_sent": {"GET": OPEN},
    "account_reset_password_done": {"GET": OPEN},
    "account_reset_password_from_key_done": {"GET": OPEN},
    "openid_connect_callback": {"GET": OPEN},
    "socialaccount_login_cancelled": {"GET": OPEN},
    "account_reauthenticate": {"GET": PERSONAL, "POST": PERSONAL},
    "account_email": {"GET": PERSONAL, "POST": PERSONAL},
    "account_change_password": {"GET": PERSONAL, "POST": PERSONAL},
    "account_set_password": {"GET": PERSONAL, "POST": PERSONAL},
    "mfa_reauthenticate": {"GET": PERSONAL, "POST": PERSONAL},
    "mfa_activate_totp": {"GET": PERSONAL, "POST": PERSONAL},
    "mfa_deactivate_totp": {"GET": PERSONAL, "POST": PERSONAL},
    "mfa_generate_recovery_codes": {"GET": PERSONAL, "POST": PERSONAL},
    "socialaccount_connections": {"GET": PERSONAL, "POST": PERSONAL},
    "account": {"GET": PERSONAL},
    "mfa_index": {"GET": PERSONAL},
    "mfa_view_recovery_codes": {"GET": PERSONAL},
    "mfa_download_recovery_codes": {"GET": PERSONAL},
    "tokens": {"GET": PERSONAL, "POST": PERSONAL},
    "revoke-token": {"POST": PERSONAL},
    # The service itself
    "api-schema": {"GET": Rule(Who.ANYONE, Scope.SEARCH)},
    "client-program": {"GET": OPEN},
    "healthz": {"GET": OPEN},
    "readyz": {"GET": OPEN},
    # Staff; the PI reads what was decided about her project
    "project-decisions": {"GET": OWN_PAGE, "POST": OWN_PAGE},
    "mous-decisions": {"GET": OWN_PAGE, "POST": OWN_PAGE},
    "roles": dict.fromkeys(("GET", "POST"), Rule(Who.STAFF, roles=(Role.ADMINISTRATOR,))),
    "findings": {"GET": FINDINGS},
    "problem": {"GET": FINDINGS, "POST": FINDINGS},
    "ingests": {"GET": INGESTS},
    "ingest": {"GET": INGESTS},
    "ingest-again": {"POST": INGESTS},
    "keeping": {"GET": INGESTS},
    "admin:login": {"GET": OPEN},  # it leads to the one log-in there is: no password is taken without its limits
    "admin:password_change_done": {"GET": Rule(Who.STAFF)},
    "admin:view_on_site": {},  # it leads from a number to a page without asking whether the row is hidden
}


def of(match) -> Policy | None:
    """The row of a resolved address; the admin makes its routes itself, so its namespace has one for all the rest."""
    if match.view_name in POLICIES:
        return POLICIES[match.view_name]
    return ADMIN if match.namespaces[:1] == ["admin"] else None
