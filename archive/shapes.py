"""What the API says about projects, member ObsUnitSets and delegations; the schema is made from these."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from archive import announced, delegations, index_codes
from archive.models import DelegationRole


class ErrorBodyShape(serializers.Serializer):
    code = serializers.CharField(help_text="stable, for programs")
    sentence = serializers.CharField(help_text="what is wrong, about which object")
    remedy = serializers.CharField(help_text="what to do next; may be empty")
    facts = serializers.DictField(
        required=False,
        help_text="of some errors, the sentence in fields. cube-exists: `phase`, `date`, `product` (address or null), "
        "`holder` (null unless you may know). restore-running: `request`, `phase`",
    )


class ErrorShape(serializers.Serializer):
    """Every error of the API has this one shape."""

    error = ErrorBodyShape()


class LinkedShape(serializers.Serializer):
    """An object with an address of its own: `route` and the attribute that its path is made of."""

    route = path_from = None
    url = serializers.SerializerMethodField()

    def get_url(self, row) -> str:
        path = reverse(self.route, args=[getattr(row, self.path_from)])
        return self.context["request"].build_absolute_uri(path)


class MousBriefShape(LinkedShape):
    route, path_from = "api-mous", "name"
    uid = serializers.CharField()
    sb_name = serializers.CharField()
    array = serializers.CharField(help_text="12m, 7m or TP")
    delivery_state = serializers.CharField()
    qa2_state = serializers.CharField(help_text="PASS, SEMIPASS, FAIL or empty")
    release_at = serializers.DateTimeField(help_text="public from this second on; the year 3000 means: no date known")
    readable = serializers.BooleanField(help_text="whether the caller may have the data now")


class ProjectShape(LinkedShape):
    route, path_from = "api-project", "code"
    code = serializers.CharField()
    title = serializers.CharField()
    pi = serializers.CharField(source="pi.name", allow_null=True, default=None, help_text="ALMA account of the PI")
    pi_name = serializers.CharField(help_text="as ObsCore says it, like all that follows; may be empty")
    co_authors = serializers.CharField()
    abstract = serializers.CharField()
    scientific_category = serializers.CharField()
    science_keywords = serializers.CharField()
    publications = serializers.DictField(help_text="ObsCore's columns about publications")
    mous = MousBriefShape(many=True)


class WindowShape(serializers.Serializer):
    """A spectral window of one execution block; frequencies are topocentric."""

    number = serializers.IntegerField(help_text="its id in this execution block")
    virtual = serializers.IntegerField(allow_null=True, help_text="its id in the first block: the one to ask with")
    name = serializers.CharField()
    science = serializers.BooleanField()
    nchan = serializers.IntegerField()
    low_hz = serializers.FloatField()
    high_hz = serializers.FloatField()
    channel_width_hz = serializers.FloatField()


class ExecutionBlockShape(serializers.Serializer):
    uid = serializers.CharField()
    session = serializers.CharField()
    qa0_state = serializers.CharField(help_text="PASS, SEMIPASS, FAIL or empty")
    used = serializers.BooleanField(allow_null=True, help_text="calibrated and used; null until a manifest says so")
    antennas = serializers.IntegerField(allow_null=True)
    longest_baseline_m = serializers.FloatField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    raw_bytes = serializers.IntegerField(allow_null=True)
    spws = WindowShape(many=True)


class SourceShape(serializers.Serializer):
    name = serializers.CharField()
    intents = serializers.ListField(child=serializers.CharField())
    ra_deg = serializers.FloatField(allow_null=True, help_text="ICRS")
    dec_deg = serializers.FloatField(allow_null=True, help_text="ICRS")


class IndexedWindowShape(serializers.Serializer):
    """A spectral window as the index has it, of all execution blocks together."""

    spw = serializers.IntegerField(allow_null=True)
    low_hz = serializers.FloatField()
    high_hz = serializers.FloatField()
    channels = serializers.IntegerField(allow_null=True)
    channel_width_hz = serializers.FloatField(allow_null=True)
    bands = serializers.ListField(child=serializers.IntegerField())


class GroupRowShape(IndexedWindowShape):
    """Data combined from several MOUSs."""

    target = serializers.CharField()
    ra_deg = serializers.FloatField(allow_null=True, help_text="ICRS")
    dec_deg = serializers.FloatField(allow_null=True, help_text="ICRS")
    calib_level = serializers.IntegerField()
    resolution_arcsec = serializers.FloatField(allow_null=True)
    release_at = serializers.DateTimeField(help_text="public from this second on; the year 3000 means: no date known")
    readable = serializers.BooleanField(help_text="whether the caller may have the data now")
    low_hz = serializers.FloatField(allow_null=True)
    high_hz = serializers.FloatField(allow_null=True)
    bands = serializers.SerializerMethodField()

    def get_bands(self, row) -> list[int]:
        return index_codes.bands(row.bands)


class GousShape(LinkedShape):
    route, path_from = "api-gous", "name"
    uid = serializers.CharField()
    science_goal_uid = serializers.CharField(help_text="known from deliveries alone; may be empty")
    project = serializers.CharField(source="project.code")
    mous = MousBriefShape(many=True, help_text="the MOUSs of the group: 12m, 7m, TP")
    rows = GroupRowShape(many=True, help_text="of the group itself (calib_level 3)")


class MousShape(MousBriefShape):
    project = serializers.CharField(source="project.code")
    gous = serializers.CharField(source="gous.uid")
    delivered_at = serializers.DateTimeField(allow_null=True)
    recalled_at = serializers.DateTimeField(allow_null=True, help_text="wrongly delivered: its data are not handed out")
    recall_reason = serializers.CharField(help_text="why, for every reader; empty where it is not recalled")
    qa2_comment = serializers.SerializerMethodField(help_text="what staff wrote to the PI; null unless `readable`")
    calibration = serializers.CharField(
        source="calibration.kind", allow_null=True, default=None, help_text="pipeline, manual or unknown"
    )
    casa_version = serializers.CharField(source="calibration.casa_version", allow_null=True, default=None)
    delivery_id = serializers.CharField(help_text="of a Cycle 0 package, as 2011.0.00340.S_2012-12-05; else empty")
    announced_only = serializers.SerializerMethodField(help_text="known from ObsCore alone: nothing was delivered here")
    alma_url = serializers.SerializerMethodField(help_text="the same in ALMA's archive; null where it has no uid")
    ebs = ExecutionBlockShape(many=True)
    announced_blocks = serializers.SerializerMethodField(help_text="uids of execution blocks that ObsCore names")
    sources = serializers.SerializerMethodField()
    windows = serializers.SerializerMethodField(help_text="as the index has them, delivered or announced")

    def get_announced_only(self, row) -> bool:
        return announced.only(row)

    def get_alma_url(self, row) -> str | None:
        return announced.alma_page(row)

    def get_announced_blocks(self, row) -> list[str]:
        return announced.blocks(row)

    @extend_schema_field(SourceShape(many=True))
    def get_sources(self, row):
        return SourceShape(announced.sources(row), many=True).data

    @extend_schema_field(IndexedWindowShape(many=True))
    def get_windows(self, row):
        return IndexedWindowShape(announced.windows(row), many=True).data

    def get_qa2_comment(self, row) -> str | None:
        """It speaks of what was measured."""
        return row.qa2_comment if row.readable else None


class TermsShape(LinkedShape):
    id = serializers.IntegerField()
    project = serializers.CharField(source="project.code")
    mous = serializers.CharField(source="mous.uid", allow_null=True, default=None, help_text="null: the whole project")
    role = serializers.CharField(help_text="download, or process: also restores and images on request")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="no access from this second on; null: no end")
    reason = serializers.CharField(help_text="why staff gave it for the PI")


class DelegationShape(TermsShape):
    route, path_from = "api-delegation", "pk"
    delegee = serializers.CharField(source="delegee.username")
    granted_by = serializers.CharField(source="granted_by.username")
    granted_at = serializers.DateTimeField()
    revoked_by = serializers.CharField(source="revoked_by.username", allow_null=True, default=None)
    revoked_at = serializers.DateTimeField(allow_null=True, help_text="null while nobody has ended it")
    in_force = serializers.SerializerMethodField(help_text="whether it gives access now")

    def get_in_force(self, row) -> bool:
        return not delegations.over(row, self.context["request"].now)


class InvitationShape(TermsShape):
    route, path_from = "api-invitation", "pk"
    address = serializers.CharField()
    invited_by = serializers.CharField(source="invited_by.username")
    invited_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(help_text="it cannot be accepted from this second on")
    accepted_by = serializers.CharField(source="accepted_by.username", allow_null=True, default=None)
    accepted_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class DelegationAskedShape(serializers.Serializer):
    project = serializers.CharField(help_text="project code")
    delegee = serializers.CharField(required=False, help_text="the account's log-in name; or else `address`")
    address = serializers.EmailField(required=False, help_text="where an invitation is sent; or else `delegee`")
    mous = serializers.CharField(required=False, help_text="uid of one MOUS; without it the whole project")
    role = serializers.ChoiceField(DelegationRole.values, required=False, help_text="without it process")
    expires_at = serializers.CharField(
        required=False, help_text="a day, which is the last (UTC), or a time with its zone; without it no end"
    )
    reason = serializers.CharField(required=False, help_text="staff who act for the PI must give one")


class EndAskedShape(serializers.Serializer):
    reason = serializers.CharField(required=False, help_text="staff who act for the PI must give one")


class DelegationListShape(serializers.Serializer):
    results = DelegationShape(many=True)


class InvitationListShape(serializers.Serializer):
    results = InvitationShape(many=True)
