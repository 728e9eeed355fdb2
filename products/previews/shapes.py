"""What the API says about previews."""

from django.urls import reverse
from rest_framework import serializers


class PreviewShape(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.CharField(help_text="image, peak, moment0, spectrum or numbers")
    width = serializers.IntegerField(allow_null=True, help_text="pixels, of a picture")
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    sha256 = serializers.CharField()
    address = serializers.SerializerMethodField(help_text="where it is: HEAD, GET")

    def get_address(self, row) -> str:
        return self.context["request"].build_absolute_uri(reverse("preview", args=[row.product_id, row.name]))


class PreviewsShape(serializers.Serializer):
    product = serializers.UUIDField(source="product.pk")
    state = serializers.ChoiceField(["made", "due", "failed", "none"], help_text="none: it is no image of the sky")
    problem = serializers.CharField(allow_blank=True, help_text="why there are none")
    previews = PreviewShape(many=True)
