"""The rows of accounts: pages of log-in and sign-up for who has not logged in, and one's own settings for who has."""

from tests.matrix import expected as told
from tests.matrix.expected import ALL, LOG_IN, MOVED, NOBODY, Row, everywhere

# Whoever is inside already is led on; a form that is sent empty is shown again.
ENTRANCE = everywhere((NOBODY, 200), (ALL, MOVED))
OWN = {"GET": told.account(200)}
OWN_FORM = {"GET": told.account(200), "POST": told.account(200)}
# What can cost somebody the account asks first whether it is still the same person at the keyboard.
AGAIN = {"GET": told.account(MOVED), "POST": told.account(MOVED)}
PAGE = [Row({"GET": told.anyone()})]
FORM = [Row({"GET": told.anyone(), "POST": told.anyone()})]

ACCOUNTS = {
    **{name: [Row({"GET": ENTRANCE, "POST": ENTRANCE})] for name in ("login", "account_login", "account_signup")},
    **{name: [Row({"POST": told.anyone(MOVED)})] for name in ("logout", "account_logout")},
    "account_inactive": PAGE,
    "account_email_verification_sent": PAGE,
    "account_reset_password_done": PAGE,
    "account_reset_password_from_key_done": PAGE,
    "socialaccount_login_cancelled": PAGE,
    "account_reset_password": FORM,
    "account_confirm_email": [Row({"GET": told.anyone(), "POST": told.anyone(404)}, lambda place: ["no-such-key"])],
    "account_reset_password_from_key": [
        Row({"GET": told.anyone(), "POST": told.anyone()}, lambda place: ["1", "no-such-key"])
    ],
    "mfa_authenticate": [Row(dict.fromkeys(("GET", "POST"), everywhere((NOBODY, LOG_IN), (ALL, MOVED))))],
    "socialaccount_signup": [Row({"GET": told.anyone(LOG_IN), "POST": told.anyone(LOG_IN)})],
    "openid_connect_login": [
        Row({"GET": told.anyone(404), "POST": told.anyone(404)}, lambda place: ["no-such-provider"])
    ],
    "openid_connect_callback": [Row({"GET": told.anyone(404)}, lambda place: ["no-such-provider"])],
    "account": [Row(OWN)],
    "mfa_index": [Row(OWN)],
    "account_reauthenticate": [Row(OWN_FORM)],
    "account_email": [Row({"GET": told.account(200), "POST": told.account(MOVED)})],
    "socialaccount_connections": [Row(OWN_FORM)],
    "account_change_password": [Row(OWN_FORM)],  # it asks for the old one
    "account_set_password": [Row(AGAIN)],
    "mfa_reauthenticate": [Row(AGAIN)],
    "mfa_activate_totp": [Row(AGAIN)],
    "mfa_deactivate_totp": [Row({"GET": told.account(404), "POST": told.account(404)})],  # nobody here has one
    "mfa_generate_recovery_codes": [Row(AGAIN)],
    "mfa_view_recovery_codes": [Row({"GET": told.account(404)})],
    "mfa_download_recovery_codes": [Row({"GET": told.account(404)})],
}
