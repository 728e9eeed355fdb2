"""What staff see and may change.  Records are read here and changed by the verbs of the archive alone.

Staff may say who the PI is, which account is whose, settle a finding, and assign themselves or others to a project
for a written reason.
"""

from django.contrib import admin
from django.utils import timezone

from archive import models


class ReadOnly(admin.ModelAdmin):
    """Looked at, never edited: the history of an archive is not corrected by hand."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NeverDeleted(admin.ModelAdmin):
    def has_delete_permission(self, request, obj=None):
        return False


class LacksFacts(admin.SimpleListFilter):
    """Facts that no package holds and that ingest could not find (FACTS 7)."""

    title = "facts"
    parameter_name = "facts"

    def lookups(self, request, model_admin):
        return [("no-pi", "no PI"), ("no-release", "no release date"), ("no-qa2", "no QA2 state")]

    def queryset(self, request, queryset):
        rules = {
            "no-pi": {"gous__project__pi": None},
            "no-release": {"release_at": models.NEVER},
            "no-qa2": {"qa2_state": ""},
        }
        return queryset.filter(**rules.get(self.value(), {}))


class Open(admin.SimpleListFilter):
    """Rows that have not ended, by the name of their end."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", "open"), ("ended", "ended")]

    def queryset(self, request, queryset):
        end = next(name for name in ("settled_at", "ended_at", "revoked_at") if hasattr(queryset.model, name))
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{end}__isnull": self.value() == "open"})


@admin.register(models.AlmaAccount)
class AlmaAccountAdmin(NeverDeleted):
    list_display = ["name", "user"]
    search_fields = ["name", "user__username"]
    autocomplete_fields = ["user"]


@admin.register(models.Project)
class ProjectAdmin(NeverDeleted):
    list_display = ["code", "title", "pi"]
    search_fields = ["code", "title", "pi__name"]
    readonly_fields = ["code"]
    autocomplete_fields = ["pi"]

    def has_add_permission(self, request):
        return False


@admin.register(models.GroupOUS)
class GroupOUSAdmin(ReadOnly):
    list_display = ["uid", "project", "science_goal_uid"]
    search_fields = ["uid", "project__code"]


@admin.register(models.MemberOUS)
class MemberOUSAdmin(ReadOnly):
    list_display = ["uid", "project_code", "delivery_state", "qa2_state", "delivered_at", "release_at"]
    list_filter = [LacksFacts, "delivery_state", "qa2_state"]
    list_select_related = ["gous__project"]
    search_fields = ["uid", "gous__project__code", "sb_name"]

    @admin.display(description="project", ordering="gous__project__code")
    def project_code(self, row):
        return row.project.code


@admin.register(models.ExecutionBlock)
class ExecutionBlockAdmin(ReadOnly):
    list_display = ["uid", "mous", "session", "qa0_state", "used", "started_at"]
    list_filter = ["qa0_state", "used"]
    search_fields = ["uid", "mous__uid"]


@admin.register(models.SpectralWindow)
class SpectralWindowAdmin(ReadOnly):
    list_display = ["eb", "number", "virtual", "name", "science", "nchan"]
    list_filter = ["science"]
    search_fields = ["eb__uid", "name"]


@admin.register(models.Source)
class SourceAdmin(ReadOnly):
    list_display = ["name", "mous", "intents"]
    search_fields = ["name", "key", "mous__uid"]


@admin.register(models.CalibrationDelivery)
class CalibrationDeliveryAdmin(ReadOnly):
    list_display = ["mous", "version", "current", "kind", "casa_version", "recorded_at"]
    list_filter = ["kind", "current", "casa_version"]
    search_fields = ["mous__uid"]


@admin.register(models.Finding)
class FindingAdmin(ReadOnly):
    list_display = ["mous", "code", "subject", "sentence", "found_at", "settled_at"]
    list_filter = [Open, "code"]
    search_fields = ["mous__uid", "subject"]
    actions = ["settle"]

    @admin.action(description="Settle the chosen findings", permissions=["settle"])
    def settle(self, request, queryset):
        queryset.filter(settled_at=None).update(settled_at=timezone.now())

    def has_settle_permission(self, request):
        return request.user.has_perm("archive.change_finding")


@admin.register(models.Delegation)
class DelegationAdmin(ReadOnly):
    list_display = ["project", "delegee", "granted_by", "granted_at", "revoked_by", "revoked_at"]
    list_filter = [Open]
    search_fields = ["project__code", "delegee__username"]


@admin.register(models.StaffAssignment)
class StaffAssignmentAdmin(ReadOnly):
    list_display = ["project", "person", "reason", "assigned_by", "assigned_at", "ended_at"]
    list_filter = [Open]
    search_fields = ["project__code", "person__username", "reason"]
    fields = ["project", "person", "reason"]
    autocomplete_fields = ["project", "person"]
    actions = ["end"]

    def has_add_permission(self, request):
        return request.user.has_perm("archive.add_staffassignment")

    def save_model(self, request, obj, form, change):
        obj.assigned_by = request.user
        obj.save()

    @admin.action(description="End the chosen assignments", permissions=["end"])
    def end(self, request, queryset):
        queryset.filter(ended_at=None).update(ended_at=timezone.now())

    def has_end_permission(self, request):
        return request.user.has_perm("archive.change_staffassignment")


@admin.register(models.Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ["project", "address", "role", "invited_by", "invited_at", "valid_until", "accepted_by"]
    search_fields = ["project__code", "address"]
    exclude = ["secret_sha256"]


@admin.register(models.Decision)
class DecisionAdmin(ReadOnly):
    list_display = ["at", "about", "project", "mous", "before", "after", "reason", "by"]
    list_filter = ["about"]
    search_fields = ["project__code", "mous__uid", "reason"]


@admin.register(models.AccessRecord)
class AccessRecordAdmin(ReadOnly):
    list_display = ["at", "what", "person_name", "project", "name", "rule", "bytes_sent", "outcome"]
    list_filter = ["what", "rule"]
    search_fields = ["project__code", "person_name"]


@admin.register(models.Seal)
class SealAdmin(ReadOnly):
    list_display = ["minute", "records", "last_record", "sha256"]


@admin.register(models.ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ["user", "name", "scopes", "created", "expiry", "last_used_at"]
    search_fields = ["user__username", "name"]
    fields = ["user", "name", "scopes", "created", "expiry", "last_used_at"]
