"""What staff look at, each role what is its own, and nobody what is hidden from her.

Nothing is edited here: what is decided has a reason and a history, and is decided by the verbs of the archive, on the
pages of decisions or on the server (docs/operating.md).  Only a finding is settled, and a product withdrawn, from
its list.
"""

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from archive import access, models
from archive.read_only import RIGHTS, LacksFacts, Open, ReadOnly
from archive.staff import SEE_FINDINGS, Role, has_role


def known_accounts(request):
    """A name that stands on hidden projects alone would tell of them."""
    known = models.Project.objects.filter(access.visible_projects(request.user, request.now))
    anywhere = models.Project.objects.filter(pi=OuterRef("pk"))
    return models.AlmaAccount.objects.filter(~Exists(anywhere) | Q(pk__in=known.exclude(pi=None).values("pi")))


@admin.register(models.AlmaAccount)
class AlmaAccountAdmin(ReadOnly):
    roles = RIGHTS
    list_display = ["name", "user"]
    search_fields = ["name", "user__username"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=known_accounts(request))


@admin.register(models.Project)
class ProjectAdmin(ReadOnly):
    project = ""
    list_display = ["code", "title", "pi", "confidential"]
    list_filter = ["confidential"]
    list_select_related = ["pi"]
    search_fields = ["code", "title", "pi__name"]


@admin.register(models.GroupOUS)
class GroupOUSAdmin(ReadOnly):
    project = "project"
    list_display = ["uid", "project", "science_goal_uid"]
    search_fields = ["uid", "project__code"]


@admin.register(models.MemberOUS)
class MemberOUSAdmin(ReadOnly):
    mous = ""
    list_display = [
        "uid",
        "project_code",
        "delivery_state",
        "qa2_state",
        "delivered_at",
        "release_at",
        "release_origin",
    ]
    list_filter = [LacksFacts, "release_origin", "delivery_state", "qa2_state"]
    list_select_related = ["gous__project"]
    search_fields = ["uid", "gous__project__code", "sb_name"]
    exclude = ["qa2_comment"]  # for who may have the data; staff who are assigned read it where others do

    @admin.display(description="project", ordering="gous__project__code")
    def project_code(self, row):
        return row.project.code


@admin.register(models.ExecutionBlock)
class ExecutionBlockAdmin(ReadOnly):
    mous = "mous"
    list_display = ["uid", "mous", "session", "qa0_state", "used", "started_at"]
    list_filter = ["qa0_state", "used"]
    search_fields = ["uid", "mous__uid"]


@admin.register(models.SpectralWindow)
class SpectralWindowAdmin(ReadOnly):
    mous = "eb__mous"
    list_display = ["eb", "number", "virtual", "name", "science", "nchan"]
    list_filter = ["science"]
    search_fields = ["eb__uid", "name"]


@admin.register(models.Source)
class SourceAdmin(ReadOnly):
    mous = "mous"
    list_display = ["name", "mous", "intents"]
    search_fields = ["name", "key", "mous__uid"]


@admin.register(models.CalibrationDelivery)
class CalibrationDeliveryAdmin(ReadOnly):
    mous = "mous"
    list_display = ["mous", "version", "current", "kind", "casa_version", "recorded_at"]
    list_filter = ["kind", "current", "casa_version"]
    search_fields = ["mous__uid"]
    exclude = ["continuum_ranges", "requested"]  # what was found, and what the PI was after


@admin.register(models.Finding)
class FindingAdmin(ReadOnly):
    roles = SEE_FINDINGS
    list_display = ["mous", "code", "subject", "sentence", "found_at", "settled_at"]
    list_filter = [Open, "code"]
    search_fields = ["mous__uid", "subject"]
    actions = ["settle"]

    def get_queryset(self, request):
        """Also those of the whole archive, which name nothing of any project."""
        known = Q(mous=None) | access.visible_to(request.user, request.now, via="mous")
        return super().get_queryset(request).filter(known)

    @admin.action(description="Settle the chosen findings", permissions=["settle"])
    def settle(self, request, queryset):
        queryset.filter(settled_at=None).update(settled_at=timezone.now())

    def has_settle_permission(self, request):
        return has_role(request.user, Role.OPERATOR, Role.ARCHIVE_SCIENTIST)


@admin.register(models.ProblemReport)
class ProblemReportAdmin(ReadOnly):
    """Answered on its page below /staff/, by who sees findings."""

    roles = SEE_FINDINGS
    mous = "mous"
    list_display = ["reported_at", "mous", "reporter", "settled_at", "settled_by", "told_at"]
    list_filter = [Open]
    search_fields = ["mous__uid", "reporter__username"]


@admin.register(models.Load)
class LoadAdmin(ReadOnly):
    """Files and windows of ObsCore on their way into the index."""

    roles = (Role.OPERATOR, Role.ARCHIVE_SCIENTIST)
    list_display = ["source", "started_at", "finished_at", "rows_done"]
    search_fields = ["source"]


@admin.register(models.Delegation)
class DelegationAdmin(ReadOnly):
    roles = RIGHTS
    project = "project"
    list_display = ["project", "delegee", "granted_by", "granted_at", "revoked_by", "revoked_at"]
    list_filter = [Open]
    search_fields = ["project__code", "delegee__username"]


@admin.register(models.StaffAssignment)
class StaffAssignmentAdmin(ReadOnly):
    project = "project"
    list_display = ["project", "person", "reason", "assigned_by", "assigned_at", "ended_by", "ended_at"]
    list_filter = [Open]
    search_fields = ["project__code", "person__username", "reason"]


@admin.register(models.Invitation)
class InvitationAdmin(ReadOnly):
    roles = RIGHTS
    project = "project"
    list_display = ["project", "address", "role", "invited_by", "invited_at", "valid_until", "accepted_by"]
    search_fields = ["project__code", "address"]
    exclude = ["secret_sha256"]


@admin.register(models.Decision)
class DecisionAdmin(ReadOnly):
    list_display = ["at", "about", "project", "mous", "before", "after", "reason", "by"]
    list_filter = ["about"]
    search_fields = ["project__code", "mous__uid", "reason"]

    def get_queryset(self, request):
        """Also decisions about people and ALMA accounts, which are about no project, for those who see the rights."""
        known = access.visible_projects(request.user, request.now, via="project")
        if has_role(request.user, *RIGHTS):
            named = Q(alma_account=None) | Q(alma_account__in=known_accounts(request))
            known |= Q(project=None) & named
        return super().get_queryset(request).filter(known)


@admin.register(models.Notice)
class NoticeAdmin(ReadOnly):
    """Letters, the unsent first: a mail server that takes none is seen here."""

    roles = (Role.OPERATOR, *RIGHTS)
    project = "project"
    list_display = ["__str__", "person", "written_at", "told_at"]
    list_select_related = ["decision__mous", "decision__project", "arrived", "person"]
    ordering = [F("told_at").desc(nulls_first=True), "-pk"]
    exclude = ["body"]


@admin.register(models.AccessRecord)
class AccessRecordAdmin(ReadOnly):
    roles = (Role.ARCHIVE_SCIENTIST,)
    project = "project"
    list_display = ["at", "what", "person_name", "project", "name", "rule", "bytes_sent", "outcome"]
    list_filter = ["what", "rule"]
    search_fields = ["project__code", "person_name"]


@admin.register(models.Seal)
class SealAdmin(ReadOnly):
    list_display = ["minute", "records", "last_record", "sha256"]


@admin.register(models.ApiToken)
class ApiTokenAdmin(ReadOnly):
    roles = (Role.ADMINISTRATOR,)
    list_display = ["user", "name", "scopes", "created", "expiry", "last_used_at"]
    search_fields = ["user__username", "name"]
    fields = ["user", "name", "scopes", "created", "expiry", "last_used_at"]
