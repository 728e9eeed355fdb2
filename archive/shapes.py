"""What the API says about projects, member ObsUnitSets and delegations; the schema is made from these."""

from django.urls import reverse
from rest_framework import serializers


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
    qa2_comment = serializers.CharField()
    calibration = serializers.CharField(
        source="calibration.kind", allow_null=True, default=None, help_text="pipeline, manual or unknown"
    )
    casa_version = serializers.CharField(source="calibration.casa_version", allow_null=True, default=None)
    ebs = ExecutionBlockShape(many=True)
    sources = SourceShape(many=True)


class DelegationShape(LinkedShape):
    route, path_from = "api-delegation", "pk"
    id = serializers.IntegerField()
    project = serializers.CharField(source="project.code")
    delegee = serializers.CharField(source="delegee.username")
    granted_by = serializers.CharField(source="granted_by.username")
    granted_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True, help_text="null while the delegation is in force")


class DelegationAskedShape(serializers.Serializer):
    project = serializers.CharField(help_text="project code")
    delegee = serializers.CharField(help_text="the account's log-in name")


class DelegationListShape(serializers.Serializer):
    results = DelegationShape(many=True)
