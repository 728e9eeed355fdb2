"""How staff look at rows: by role, never to edit them, and without what the access rule hides from them."""

from django.contrib import admin

from archive import access, models
from archive.staff import Role, has_role

EVERY_ROLE = tuple(Role)
# Who has asked for what is for those who see to it (restores/shown.py)
QUEUE = (Role.OPERATOR,)
RIGHTS = (Role.ARCHIVE_SCIENTIST, Role.ADMINISTRATOR)


class ListedLookups(admin.ModelAdmin):
    """A list is filtered by what its `list_filter` names alone.

    Django takes any column of the model from the address, and what no page shows could be guessed letter by letter.
    """

    def lookup_allowed(self, lookup, value, request=None):
        return lookup in {name for each in self.list_filter for name in self._lookups(each)}

    def _lookups(self, listed):
        """What the links of a filter say; one by a relation is by the key of the other row."""
        if not isinstance(listed, str):
            return {listed.parameter_name}
        other = self.opts.get_field(listed).related_model
        found = f"{listed}__{other._meta.pk.name}__exact" if other else f"{listed}__exact"
        return {listed, found, f"{listed}__isnull"}


class ReadOnly(ListedLookups):
    """Looked at by `roles`, never edited: the history of an archive is not corrected by hand.

    `mous` or `project` is the lookup path to what the access rule may hide; empty for the model itself.
    """

    roles: tuple[str, ...] = EVERY_ROLE
    mous: str | None = None
    project: str | None = None
    view_on_site = False

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if self.mous is not None:
            rows = rows.filter(access.visible_to(request.user, request.now, via=self.mous))
        if self.project is not None:
            rows = rows.filter(access.visible_projects(request.user, request.now, via=self.project))
        return rows

    def has_module_permission(self, request):
        return has_role(request.user, *self.roles)

    def has_view_permission(self, request, obj=None):
        return has_role(request.user, *self.roles)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

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
