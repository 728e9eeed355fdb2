"""The forms of accounts: allauth's, with labels that say what is wanted and no hints that vanish while one types."""

from allauth.account.forms import LoginForm, SignupForm
from allauth.socialaccount.forms import SignupForm as ProvidedSignupForm
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import password_validators_help_texts

LABELS = {
    "login": "Username or e-mail address",
    "username": "Username",
    "email": "E-mail address",
    "password1": "Password",
    "password2": "The password again",
}


def _say(form):
    for name, field in form.fields.items():
        field.label = LABELS.get(name, field.label)
        field.widget.attrs.pop("placeholder", None)


class LogIn(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""  # the page says where to go without it
        _say(self)


class SignUp(SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        self.fields["email"].help_text = "We write to it once; your account opens with the link in that letter."
        _say(self)

    def try_save(self, request):
        """An address that has an account is answered like any other, and as slowly: a password is hashed for it too."""
        if self.account_already_exists:
            get_user_model()().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ProvidedSignUp(ProvidedSignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _say(self)
