"""Which user names people may choose: none that could be taken for somebody else's.

Letters that only look alike are left out, an address is no name, and the name of an ALMA account is kept for the
person whom staff or the provider links to it.  All refusals of a well-formed name are one sentence: it tells nobody
whether there is such an account here or at ALMA.
"""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from archive.models import AlmaAccount

VALIDATORS = [
    RegexValidator(
        r"\A[A-Za-z0-9][A-Za-z0-9._+-]*\Z",
        "A user name is made of the letters a to z, digits and . _ + - and begins with a letter or digit.",
    )
]


def require_free(name, *, asserted="") -> None:
    """Pass, or refuse; `asserted` is the ALMA account that the provider says is this person's."""
    taken = get_user_model().objects.filter(username__iexact=name).exists()
    if taken or _reserved(name, asserted):
        raise ValidationError(f"The user name {name} is not available. Choose another.", code="username_taken")


def _reserved(name, asserted) -> bool:
    known = AlmaAccount.objects.filter(name__iexact=name)
    return known.exclude(name=asserted, user=None).exists() if asserted else known.exists()
