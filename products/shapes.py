"""What the API says about a product."""

from django.urls import reverse
from rest_framework import serializers


class ProductShape(serializers.Serializer):
    id = serializers.UUIDField()
    mous = serializers.CharField(source="mous.uid")
    eb = serializers.CharField(source="eb.uid", allow_null=True, default=None)
    source = serializers.CharField(source="source.name", allow_null=True, default=None)
    origin = serializers.ChoiceField(["delivered", "restored", "imaged"])
    role = serializers.CharField(help_text="what the file is for, e.g. caltables")
    directory = serializers.CharField(help_text="place below the MOUS in the delivered tree")
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    sha256 = serializers.CharField()
    media_type = serializers.CharField()
    spws = serializers.ListField(child=serializers.IntegerField(), help_text="virtual spectral window ids")
    mode = serializers.CharField(help_text="cube, mfs, cont ... of an image")
    layer = serializers.CharField(help_text="pbcor, pb, mask ... of an image")
    stokes = serializers.CharField()
    stored_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    readable = serializers.BooleanField(help_text="whether the caller may have the bytes now")
    file = serializers.SerializerMethodField(help_text="where the bytes are: HEAD, GET, Range")

    def get_file(self, row) -> str:
        return self.context["request"].build_absolute_uri(reverse("product-file", args=[row.pk]))


class ProductDetailShape(ProductShape):
    guarded = ("withdrawn_reason", "header", "provenance")
    pipeline_name = serializers.CharField(help_text="before the archive renamed it")
    version = serializers.IntegerField()
    superseded_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField(allow_null=True, help_text="null unless `readable`")
    header = serializers.JSONField(allow_null=True, help_text="FITS facts: shape, beam, axes; null unless `readable`")
    provenance = serializers.JSONField(
        allow_null=True,
        help_text="CASA version, parameters, input checksums of what was made here; null unless `readable`",
    )

    def to_representation(self, instance):
        """What was measured, and what the PI asked for, are as proprietary as the bytes."""
        told = super().to_representation(instance)
        return told if instance.readable else told | dict.fromkeys(self.guarded)


class ProductPageShape(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True, help_text="the next page")
    results = ProductShape(many=True)


class BlocksShape(serializers.Serializer):
    size = serializers.IntegerField(help_text="bytes of the file")
    sha256 = serializers.CharField(help_text="of the whole file")
    block_bytes = serializers.IntegerField(help_text="bytes of each block but the last")
    crc32 = serializers.ListField(child=serializers.IntegerField(), help_text="of each block, as in zip, in order")
