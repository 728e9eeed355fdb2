"""The page of one's own account: what it is called, what has been proved, and what protects it."""

from allauth.mfa.adapter import get_adapter as second_factor
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.accounts import verified_addresses
from archive.models import AlmaAccount


@login_required
@require_safe
def account(request):
    person = request.user
    return render(
        request,
        "account/account.html",
        {
            "addresses": sorted(verified_addresses(person)),
            "alma": AlmaAccount.objects.filter(user=person).first(),
            "second_factor": second_factor().is_mfa_enabled(person),
            "connections": SocialAccount.objects.filter(user=person),
        },
    )
