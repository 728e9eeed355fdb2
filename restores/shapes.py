"""What the API says about requests, and what it wants to be asked."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from archive.shapes import ErrorBodyShape, LinkedShape
from products import completeness, naming
from products.shapes import ProductShape
from restores import keeping
from restores.models import Phase


class RestoreAskedShape(serializers.Serializer):
    mous = serializers.CharField(help_text="uid in any spelling")


class CubeAskedShape(serializers.Serializer):
    """Quantities are strings with their unit; LSRK frame, radio convention.  What is left out gets its default."""

    spw = serializers.IntegerField(help_text="virtual spectral window id")
    mode = serializers.ChoiceField(["frequency", "velocity"], required=False, help_text="default: frequency")
    start = serializers.CharField(required=False, help_text="centre of the first channel: 230.538GHz or -50km/s")
    width = serializers.CharField(required=False, help_text="of a channel, signed: 1MHz or 2km/s")
    nchan = serializers.IntegerField(required=False)
    total_width = serializers.CharField(required=False, help_text="instead of nchan")
    restfreq = serializers.CharField(required=False, help_text="230.538GHz")


class ImageAskedShape(serializers.Serializer):
    mous = serializers.CharField(help_text="uid in any spelling")
    source = serializers.CharField(help_text="a science target of the MOUS")
    cubes = CubeAskedShape(many=True, required=False, help_text="one cube per request at most")
    continuum = serializers.BooleanField(required=False, help_text="also a continuum image; default: true")
    angular_resolution = serializers.CharField(required=False, allow_null=True, help_text="0.5arcsec")
    replaces = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="id of the user-defined cube in force, which the new one replaces: its holder and archive scientists",
    )
    reason = serializers.CharField(required=False, help_text="why it is replaced; shown with the new version")


class ProgressShape(serializers.Serializer):
    stage = serializers.CharField()
    fraction = serializers.FloatField(help_text="0 to 1")


class PhaseChangeShape(serializers.Serializer):
    phase = serializers.ChoiceField(Phase.values)
    at = serializers.DateTimeField()
    attempt = serializers.IntegerField()
    note = serializers.CharField()


class RequestBriefShape(LinkedShape):
    """A request in short; its phases are those of IVOA's UWS."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(["restore", "image"])
    mous = serializers.CharField(source="mous.uid")
    owner = serializers.CharField(source="owner.username")
    phase = serializers.ChoiceField(Phase.values)
    created_at = serializers.DateTimeField()

    def get_url(self, row) -> str:
        return self.context["request"].build_absolute_uri(reverse(f"api-{row.kind}", args=[row.pk]))


class RequestShape(RequestBriefShape):
    casa_version = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    attempt = serializers.IntegerField()
    progress = ProgressShape(source="*")
    history = PhaseChangeShape(many=True, source="history.all")
    error = serializers.SerializerMethodField()
    asked = serializers.JSONField(source="imaging.asked", default=None, help_text="an image as it was asked for")
    kept_until = serializers.SerializerMethodField(help_text="when the result is removed; null: never, or it is gone")
    renewals_left = serializers.SerializerMethodField(help_text="how often it may be kept longer")
    products = serializers.SerializerMethodField()

    @extend_schema_field(ErrorBodyShape(allow_null=True))
    def get_error(self, row):
        if not row.error_code:
            return None
        return {"code": row.error_code, "sentence": row.error_sentence, "remedy": row.error_remedy}

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_kept_until(self, row):
        return keeping.kept_until(row, self.context["request"].now)

    def get_renewals_left(self, row) -> int:
        return keeping.renewals_left(row)

    @extend_schema_field(ProductShape(many=True))
    def get_products(self, row):
        return ProductShape(self.context["products"], many=True, context=self.context).data


class RequestPageShape(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    results = RequestBriefShape(many=True)


class CellShape(serializers.Serializer):
    source = serializers.CharField(source="cell.source")
    spw = serializers.IntegerField(source="cell.wanted.spw", help_text="virtual id")
    type = serializers.ChoiceField(completeness.TYPES, source="cell.wanted.type")
    calibration = serializers.ChoiceField(naming.CALIBRATIONS, source="cell.wanted.calibration")
    state = serializers.ChoiceField(completeness.STATES, source="cell.state")
    why = serializers.CharField(source="cell.why", help_text="empty where it is present")
    expected = serializers.BooleanField(source="cell.expected", help_text="whether such a package holds it at all")
    products = serializers.ListField(child=serializers.CharField(), source="cell.products", help_text="names of files")
    request = serializers.JSONField(allow_null=True, help_text="for POST /api/images/: it would make the cube")


class CompletenessShape(serializers.Serializer):
    mous = serializers.CharField()
    cells = CellShape(many=True)
