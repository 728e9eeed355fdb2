"""Requests and their history, to look at: phases move in `restores.phases` alone."""

from django.contrib import admin

from archive.read_only import QUEUE, ReadOnly
from archive.staff import has_role
from restores import quota_admin
from restores.models import ImagingDetails, PhaseChange, Request, RestoreDetails

__all__ = ["quota_admin"]


class History(admin.TabularInline):
    model = PhaseChange
    extra = 0
    can_delete = False

    def has_view_permission(self, request, obj=None):
        return has_role(request.user, *QUEUE)

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Request)
class RequestAdmin(ReadOnly):
    roles = QUEUE
    mous = "mous"
    list_display = ["id", "kind", "mous", "owner", "phase", "stage", "attempt", "created_at", "ended_at"]
    list_filter = ["phase", "kind", "error_code", "casa_version"]
    list_select_related = ["mous", "owner"]
    search_fields = ["id", "mous__uid", "owner__username"]
    exclude = ["report", "handle"]  # what CASA measured, and where
    inlines = [History]


@admin.register(RestoreDetails)
class RestoreDetailsAdmin(ReadOnly):
    roles = QUEUE
    mous = "request__mous"
    list_display = ["request", "raw_bytes", "keep_days"]


@admin.register(ImagingDetails)
class ImagingDetailsAdmin(ReadOnly):
    roles = QUEUE
    mous = "request__mous"
    list_display = ["request", "source", "continuum", "angular_resolution_arcsec"]


@admin.register(PhaseChange)
class PhaseChangeAdmin(ReadOnly):
    roles = QUEUE
    mous = "request__mous"
    list_display = ["request", "phase", "at", "attempt", "note"]
    list_filter = ["phase"]
