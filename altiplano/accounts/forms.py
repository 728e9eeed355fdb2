"""The forms of accounts: allauth's, with labels that say what is wanted and no hints that vanish while one types."""

from allauth.account import forms as local
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount.forms import SignupForm as ProvidedSignupForm
from django.contrib.auth import get_user_model
from django.db import transaction

from archive.models import ApiToken

HARD_TO_GUESS = "At least 8 characters; no common word, and nothing like your name or address."
LABELS = {
    "login": "Username or e-mail address",
    "username": "Username",
    "email": "E-mail address",
    "oldpassword": "Password now",
    "password1": "Password",
    "password2": "The password again",
    "code": "Code",
}


def _say(form):
    for name, field in form.fields.items():
        field.label = LABELS.get(name, field.label)
        field.widget.attrs.pop("placeholder", None)
    if "password1" in form.fields:
        form.fields["password1"].help_text = HARD_TO_GUESS


def _said(kind):
    """This form of allauth's, in our words."""

    class Said(kind):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            _say(self)

    return Said


AddEmail = _said(local.AddEmailForm)
ChangePassword = _said(local.ChangePasswordForm)
SetPassword = _said(local.SetPasswordForm)
ResetPassword = _said(local.ResetPasswordForm)
ProvidedSignUp = _said(ProvidedSignupForm)
Code = _said(second_factor.AuthenticateForm)
CodeAgain = _said(second_factor.ReauthenticateForm)
FirstCode = _said(ActivateTOTPForm)


class Reauthenticate(local.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        _say(self)


class ResetPasswordByLetter(_said(local.ResetPasswordKeyForm)):
    @transaction.atomic
    def save(self):
        """Whoever forgot the password may have lost the account to somebody, who would keep it by a token."""
        super().save()
        ApiToken.objects.filter(user=self.user).delete()


class LogIn(local.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""  # the page says where to go without it
        _say(self)


class SignUp(local.SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = "We send a link there; your account opens when you follow it."
        _say(self)

    def try_save(self, request):
        """An address that has an account is answered like any other, and as slowly: a password is hashed for it too."""
        if self.account_already_exists:
            get_user_model()().set_password(self.cleaned_data["password1"])
        return super().try_save(request)
