"""What the API says about projects, member ObsUnitSets and delegations; the schema is made from these."""

from django.urls import reverse
from rest_framework import serializers

from archive import delegations
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


class MousShape(MousBriefShape):
    project = serializers.CharField(source="project.code")
    gous = serializers.CharField(source="gous.uid")
    delivered_at = serializers.DateTimeField(allow_null=True)
    qa2_comment = serializers.SerializerMethodField(help_text="what staff wrote to the PI; null unless `readable`")
    calibration = serializers.CharField(
        source="calibration.kind", allow_null=True, default=None, help_text="pipeline, manual or unknown"
    )
    casa_version = serializers.CharField(source="calibration.casa_version", allow_null=True, default=None)
    ebs = ExecutionBlockShape(many=True)
    sources = SourceShape(many=True)

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
