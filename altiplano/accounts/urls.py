"""The addresses of accounts, one by one: of allauth's, those that this service means to have."""

from allauth.account import views as local
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as provided
from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache

from altiplano.accounts import pages, provider

PASSWORD = [
    path("password/change/", local.password_change, name="account_change_password"),
    path("password/set/", local.password_set, name="account_set_password"),
    path("password/reset/", local.password_reset, name="account_reset_password"),
    path("password/reset/done/", local.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", local.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        local.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
SECOND_FACTOR = [
    path("second-factor/", second_factor.index, name="mfa_index"),
    path("second-factor/log-in/", second_factor.authenticate, name="mfa_authenticate"),
    path("second-factor/again/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/app/on/", never_cache(totp.activate_totp), name="mfa_activate_totp"),
    path("second-factor/app/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/codes/", never_cache(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second-factor/codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]
PROVIDED = [
    path("connections/", provided.connections, name="socialaccount_connections"),
    path("connections/sign-up/", provided.signup, name="socialaccount_signup"),
    path("connections/cancelled/", provided.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/<slug:provider_id>/login/", provider.begin, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", provider.end, name="openid_connect_callback"),
]
urlpatterns = [
    # Two names for each of these: ours, and the one by which allauth sends people to it
    path("login/", local.login, name="login"),
    path("login/", local.login, name="account_login"),
    path("logout/", local.logout, name="logout"),
    path("logout/", local.logout, name="account_logout"),
    path("account/", pages.account, name="account"),
    path("account/sign-up/", local.signup, name="account_signup"),
    path("account/inactive/", local.account_inactive, name="account_inactive"),
    path("account/again/", local.reauthenticate, name="account_reauthenticate"),
    path("account/email/", local.email, name="account_email"),
    path("account/email/confirm/", local.email_verification_sent, name="account_email_verification_sent"),
    path("account/email/confirm/<str:key>/", local.confirm_email, name="account_confirm_email"),
    path("account/", include([*PASSWORD, *SECOND_FACTOR, *PROVIDED])),
]
