"""How people prove who they are: local accounts, second factors, one OpenID Connect provider, sessions and cookies.

The libraries' names stand here once; `altiplano/accounts/` adds what the libraries leave open.
"""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from altiplano.variables import PRODUCTION, flag, setting

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

# Sessions and cookies.  A browser takes a name with __Host- only over https, for this host alone and for all of it.
_HOST = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{_HOST}session"
SESSION_COOKIE_AGE = int(float(setting("ALTIPLANO_SESSION_HOURS", "168")) * 3600)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_HOST}csrf"
CSRF_COOKIE_AGE = None  # ends with the browser

# Local accounts
SIGNUP = flag("ALTIPLANO_SIGNUP", "1")
ACCOUNT_ADAPTER = "altiplano.accounts.local.LocalAccounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "altiplano.accounts.names.VALIDATORS"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one counts from the moment it is verified
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Altiplano] "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, without asking
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_FORMS = {
    "login": "altiplano.accounts.forms.LogIn",
    "signup": "altiplano.accounts.forms.SignUp",
    "add_email": "altiplano.accounts.forms.AddEmail",
    "change_password": "altiplano.accounts.forms.ChangePassword",
    "set_password": "altiplano.accounts.forms.SetPassword",
    "reset_password": "altiplano.accounts.forms.ResetPassword",
    "reset_password_from_key": "altiplano.accounts.forms.ResetPasswordByLetter",
    "reauthenticate": "altiplano.accounts.forms.Reauthenticate",
}
# Wrong passwords are counted by archive/limits.py, together with those sent for files; this is for wrong codes.
ACCOUNT_RATE_LIMITS = (
    {"login_failed": "5/m/key", "confirm_email": "1/m/key"} if flag("ALTIPLANO_RATE_LIMITS", "1") else False
)

# Second factor
MFA_ADAPTER = "altiplano.accounts.second_factor.SecondFactor"
MFA_FORMS = {
    "authenticate": "altiplano.accounts.forms.Code",
    "reauthenticate": "altiplano.accounts.forms.CodeAgain",
    "activate_totp": "altiplano.accounts.forms.FirstCode",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Altiplano"

# OpenID Connect: ALMA's or NRAO's service, or another
OIDC_ALMA_CLAIM = setting("ALTIPLANO_OIDC_ALMA_CLAIM", "")
SOCIALACCOUNT_ADAPTER = "altiplano.accounts.provided.ProvidedAccounts"
SOCIALACCOUNT_FORMS = {"signup": "altiplano.accounts.forms.ProvidedSignUp"}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address is no proof that two accounts are one person's
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {}


def _provider(issuer):
    where = urlsplit(issuer)
    loopback = where.hostname in {"127.0.0.1", "localhost", "::1"}
    if where.scheme != "https" and not (where.scheme == "http" and loopback):
        raise ImproperlyConfigured("ALTIPLANO_OIDC_ISSUER must be an https address (http only on this machine).")
    return {
        "provider_id": "sso",
        "name": setting("ALTIPLANO_OIDC_NAME", where.hostname),
        "client_id": setting("ALTIPLANO_OIDC_CLIENT_ID", _missing),
        "secret": setting("ALTIPLANO_OIDC_CLIENT_SECRET", _missing),
        "settings": {
            "server_url": issuer,
            "oauth_pkce_enabled": True,
            "scope": setting("ALTIPLANO_OIDC_SCOPES", "openid profile email").split(),
        },
    }


def _missing():
    raise ImproperlyConfigured("ALTIPLANO_OIDC_ISSUER needs ALTIPLANO_OIDC_CLIENT_ID and ALTIPLANO_OIDC_CLIENT_SECRET.")


if OIDC_ISSUER := setting("ALTIPLANO_OIDC_ISSUER", ""):
    SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [_provider(OIDC_ISSUER)]}}
