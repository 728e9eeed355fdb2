"""Requests and their history, to look at: phases move in `restores.phases` alone."""

from django.contrib import admin

from archive.read_only import QUEUE, ReadOnly
from archive.staff import has_role
from restores import quota_admin
from restores.models import ImagingDetails, Phase, PhaseChange, Request, RestoreDetails

__all__ = ["quota_admin"]


def remark(row):
    """What CASA said last stands in the sentence of an error: it is for who may have the data."""
    return "" if row.phase == Phase.ERROR else row.note


class History(admin.TabularInline):
    model = PhaseChange
    fields = readonly_fields = ["phase", "at", "attempt", "remark"]
    extra = 0
    can_delete = False

    @admin.display(description="note")
    def remark(self, row):
        return remark(row)

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
    exclude = ["report", "handle", "error_sentence"]  # what CASA measured and said, and where
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
    fields = list_display = ["request", "phase", "at", "attempt", "remark"]
    readonly_fields = ["remark"]
    list_filter = ["phase"]

    @admin.display(description="note")
    def remark(self, row):
        return remark(row)
