"""The staff page of quotas: administrators give one person more or fewer requests, with a reason."""

from django.contrib import admin
from django.utils import timezone

from archive.read_only import ListedLookups
from archive.staff import Role, has_role
from restores import quotas
from restores.models import Quota


@admin.register(Quota)
class QuotaAdmin(ListedLookups):
    fields = ["person", "running", "queued", "reason"]
    list_display = ["person", "running", "queued", "reason", "set_by", "set_at"]
    list_select_related = ["person", "set_by"]
    raw_id_fields = ["person"]
    search_fields = ["person__username"]

    def has_view_permission(self, request, obj=None):
        return has_role(request.user, Role.OPERATOR, Role.ADMINISTRATOR)

    def has_add_permission(self, request):
        return has_role(request.user, Role.ADMINISTRATOR)

    def has_change_permission(self, request, obj=None):
        return has_role(request.user, Role.ADMINISTRATOR)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ["person"] if obj else []

    def save_model(self, request, obj, form, change):
        said = {name: getattr(obj, name) for name in ("running", "queued", "reason")}
        quotas.give(obj.person, **said, by=request.user, now=timezone.now())
