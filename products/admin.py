"""Products and cube slots, to look at: they are changed by ingest, delivery and withdrawal alone."""

from django.contrib import admin, messages
from django.shortcuts import render
from django.utils import timezone

from archive.errors import ArchiveError
from archive.read_only import QUEUE, ReadOnly
from archive.staff import SEE_INGESTS, Role, has_role
from products import marks, runs, withdraw
from products.models import (
    Blocks,
    Bundle,
    CubeSlot,
    IngestRun,
    Preview,
    Previewing,
    Product,
    ProductChange,
    Sidecar,
    Staged,
)


class OfUnknownForm(admin.SimpleListFilter):
    """Files whose name says nothing to us: what a package holds is never dropped, so somebody has to look."""

    title = "name"
    parameter_name = "name_is"

    def lookups(self, request, model_admin):
        return [(marks.UNRECOGNISED, "unrecognised")]

    def queryset(self, request, queryset):
        return queryset.filter(marks__contains=[marks.UNRECOGNISED]) if self.value() else queryset


@admin.register(Product)
class ProductAdmin(ReadOnly):
    mous = "mous"
    list_display = ["name", "mous", "origin", "role", "size", "version", "stored_at", "superseded_at", "withdrawn_at"]
    list_filter = ["origin", OfUnknownForm, "role"]
    list_select_related = ["mous"]
    search_fields = ["name", "mous__uid", "sha256"]
    # What was measured is for staff who are assigned to the project; they read it where others do.
    exclude = ["header", "marks", "provenance", "withdrawn_reason"]
    actions = ["withdraw"]

    @admin.action(description="Withdraw the chosen products", permissions=["withdraw"])
    def withdraw(self, request, queryset):
        """First a page that asks for the reason; what it sends comes back here."""
        if "reason" not in request.POST:
            return render(
                request,
                "admin/products/withdraw.html",
                {**self.admin_site.each_context(request), "title": "Withdraw", "products": queryset},
            )
        verb = withdraw.fail_qa if "qa_fail" in request.POST else withdraw.withdraw
        for product in queryset:
            self._take_back(request, product, verb)
        return None

    def has_withdraw_permission(self, request):
        return has_role(request.user, Role.ARCHIVE_SCIENTIST)

    def _take_back(self, request, product, verb):
        try:
            verb(product, by=request.user, reason=request.POST["reason"])
        except ArchiveError as error:
            self.message_user(request, f"{error} {error.remedy}", messages.ERROR)
        else:
            self.message_user(request, f"{product.name} was withdrawn.")


@admin.register(CubeSlot)
class CubeSlotAdmin(ReadOnly):
    roles = QUEUE
    mous = "mous"
    list_display = ["mous", "source", "holder", "request_id", "product", "reserved_at", "next_request_id"]
    exclude = ["next_reason"]
    search_fields = ["mous__uid", "source__name", "holder__username"]


@admin.register(ProductChange)
class ProductChangeAdmin(ReadOnly):
    """Who withdrew, replaced or brought back what; why is as guarded as the data, and is read with them."""

    roles = (Role.OPERATOR, Role.ARCHIVE_SCIENTIST)
    mous = "product__mous"
    list_display = ["at", "what", "product", "by", "holder"]
    list_filter = ["what"]
    list_select_related = ["product", "by", "holder"]
    search_fields = ["product__name", "product__mous__uid"]
    exclude = ["reason"]


@admin.register(Blocks)
class BlocksAdmin(ReadOnly):
    mous = "product__mous"
    list_display = ["product", "block_bytes"]
    list_select_related = ["product"]
    search_fields = ["product__name"]
    exclude = ["crcs"]


@admin.register(Bundle)
class BundleAdmin(ReadOnly):
    roles = (Role.OPERATOR, Role.ARCHIVE_SCIENTIST)
    # Names and paths tell of projects that may be hidden from whoever looks: counts and times do not.
    list_display = ["id", "size", "made_by", "made_at"]
    fields = ["id", "size", "made_by", "made_at"]


@admin.register(IngestRun)
class IngestRunAdmin(ReadOnly):
    roles = SEE_INGESTS
    mous = "mous"
    list_display = ["started_at", "command", "mous_uid", "state", "started_by", "heard_at", "ended_at"]
    list_filter = ["phase", "command"]
    search_fields = ["mous_uid"]
    # Reports and reasons quote names; the page of runs shows them to those who may see the project.
    exclude = ["report", "reason", "sources", "options"]

    @admin.display(description="state")
    def state(self, run):
        return runs.state(run, timezone.now())


@admin.register(Preview)
class PreviewAdmin(ReadOnly):
    mous = "product__mous"
    list_display = ["product", "name", "size", "made_at"]
    list_filter = ["kind"]
    list_select_related = ["product"]
    search_fields = ["product__name"]


@admin.register(Previewing)
class PreviewingAdmin(ReadOnly):
    mous = "product__mous"
    list_display = ["product", "tries", "made_at"]
    list_select_related = ["product"]
    search_fields = ["product__name"]
    # What is wrong with an image is a finding, for those who may see its project.
    exclude = ["problem"]


@admin.register(Sidecar)
class SidecarAdmin(ReadOnly):
    """How far behind the store is; the longest waiting first."""

    mous = "mous"
    list_display = ["mous", "changes", "written", "changed_at", "written_at"]
    list_select_related = ["mous"]
    search_fields = ["mous__uid"]
    ordering = ["changed_at"]


@admin.register(Staged)
class StagedAdmin(ReadOnly):
    """Files that wait for their ingestion to be run again: counts for the operator, no name of a file or MOUS."""

    roles = (Role.OPERATOR,)
    list_display = ["id", "size", "staged_at"]
    fields = ["size", "staged_at"]
