"""The admin of what others made: accounts are looked at by administrators, and nothing goes around the rules.

The forms of Django and allauth would let staff give themselves roles, prove an address, take over an account by a
password or a second factor, or tie it to another identity, all without a reason or a trace.  None of them is here.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User

from archive.read_only import ReadOnly
from archive.staff import Role

ProcrastinateJob = apps.get_model("procrastinate", "ProcrastinateJob")

for model in (Authenticator, EmailAddress, Group, ProcrastinateJob, SocialAccount, SocialApp, SocialToken, User):
    admin.site.unregister(model)


@admin.register(User)
class AccountAdmin(ReadOnly):
    roles = (Role.ADMINISTRATOR,)
    fields = ["username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser", "groups",
              "date_joined", "last_login"]  # fmt: skip
    list_display = ["username", "email", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    search_fields = ["username", "email"]


@admin.register(EmailAddress)
class AddressAdmin(ReadOnly):
    roles = (Role.ADMINISTRATOR,)
    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["verified"]
    search_fields = ["email", "user__username"]


@admin.register(SocialAccount)
class IdentityAdmin(ReadOnly):
    roles = (Role.ADMINISTRATOR,)
    fields = list_display = ["user", "provider", "uid", "last_login", "date_joined"]
    search_fields = ["user__username", "uid"]


@admin.register(ProcrastinateJob)
class JobAdmin(ReadOnly):
    """Wake-ups: they carry the id of a request and nothing else."""

    roles = (Role.OPERATOR,)
    list_display = ["id", "task_name", "queue_name", "status", "scheduled_at", "attempts"]
    list_filter = ["status", "queue_name", "task_name"]
