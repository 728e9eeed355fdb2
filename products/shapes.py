"""What the API says about a product."""

from datetime import datetime

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from products import download, marks, versions


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
    version = serializers.IntegerField(help_text="counts what came under this name")
    superseded_at = serializers.DateTimeField(allow_null=True, help_text="null: it is in force")
    stored_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    quarantined_at = serializers.SerializerMethodField(
        help_text="since when its bytes are known to be wrong and handed to nobody; null unless `readable`"
    )
    readable = serializers.BooleanField(help_text="whether the caller has the right to the bytes now")
    file = serializers.SerializerMethodField(help_text="where the bytes are: HEAD, GET, Range")

    def get_quarantined_at(self, row) -> datetime | None:
        return row.quarantined_at if row.readable else None

    def get_file(self, row) -> str:
        return self.context["request"].build_absolute_uri(download.address(row.pk, row.name))


class VersionShape(serializers.Serializer):
    """One version of a file."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    size = serializers.IntegerField(help_text="bytes")
    sha256 = serializers.CharField()
    stored_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)
    file = serializers.SerializerMethodField(help_text="where the bytes are")

    def get_file(self, row) -> str:
        return self.context["request"].build_absolute_uri(download.address(row.pk, row.name))


class ProductDetailShape(ProductShape):
    guarded = ("version_reason", "withdrawn_reason", "quarantine_reason", "marks", "header", "provenance")
    pipeline_name = serializers.CharField(help_text="before the archive renamed it")
    version_reason = serializers.CharField(
        allow_null=True, help_text="why there is this version, as it was told; null unless `readable`"
    )
    superseded_by = serializers.UUIDField(source="superseded_by_id", allow_null=True, help_text="the next version")
    superseded = serializers.SerializerMethodField(help_text="what became of it, in words; empty: it is in force")
    versions = serializers.SerializerMethodField(help_text="all that are kept, newest first")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField(allow_null=True, help_text="null unless `readable`")
    quarantine_reason = serializers.CharField(
        allow_null=True, help_text="also of a quarantine that is over; null unless `readable`"
    )
    marks = serializers.SerializerMethodField(
        allow_null=True, help_text="what is odd about a file that is good to have, in sentences; null unless `readable`"
    )
    removed_at = serializers.DateTimeField(allow_null=True, help_text="since when what was withdrawn cannot come back")
    header = serializers.JSONField(allow_null=True, help_text="FITS facts: shape, beam, axes; null unless `readable`")
    provenance = serializers.JSONField(
        allow_null=True,
        help_text="CASA version, parameters, input checksums of what was made here; null unless `readable`",
    )

    def get_marks(self, row) -> list[str]:
        return marks.sentences(row)

    def get_superseded(self, row) -> str:
        return versions.sentence(row)

    @extend_schema_field(VersionShape(many=True))
    def get_versions(self, row):
        request = self.context["request"]
        rows = versions.of_file(row, request.user, request.now)
        return VersionShape(rows, many=True, context=self.context).data

    def to_representation(self, instance):
        """What was measured, and what the PI asked for, are as proprietary as the bytes."""
        told = super().to_representation(instance)
        return told if instance.readable else told | dict.fromkeys(self.guarded)


class WithdrawalAskedShape(serializers.Serializer):
    reason = serializers.CharField(help_text="a sentence, shown to those who may have the data")


class ProductPageShape(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True, help_text="the next page")
    results = ProductShape(many=True)


class BlocksShape(serializers.Serializer):
    size = serializers.IntegerField(help_text="bytes of the file")
    sha256 = serializers.CharField(help_text="of the whole file")
    block_bytes = serializers.IntegerField(help_text="bytes of each block but the last")
    crc32 = serializers.ListField(child=serializers.IntegerField(), help_text="of each block, as in zip, in order")


class LeftOutShape(serializers.Serializer):
    product = serializers.UUIDField()
    name = serializers.CharField()
    reason = serializers.CharField(help_text="proprietary, withdrawn, expired or quarantined")


class BundleAskedShape(serializers.Serializer):
    products = serializers.ListField(child=serializers.UUIDField(), required=False, help_text="ids of products")
    mous = serializers.ListField(child=serializers.CharField(), required=False, help_text="uids: all their products")
    search = serializers.CharField(required=False, help_text="query string of a search: all products of its MOUSs")
    roles = serializers.ListField(child=serializers.CharField(), required=False, help_text="of these roles alone")
    name = serializers.CharField(required=False, help_text="of the archives, without an ending")


class BundleShape(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    files = serializers.IntegerField()
    size = serializers.IntegerField(help_text="bytes of the products")
    superseded = serializers.IntegerField(help_text="files of which there is a newer version by now")
    left_out = LeftOutShape(many=True, help_text="what was asked for, and is not in it")
    tar = serializers.URLField()
    zip = serializers.URLField()
    sums = serializers.URLField(help_text="SHA256SUMS of all files, by their paths in the archive")
    manifest = serializers.URLField(help_text="the same as JSON, with sizes and ids")
    script = serializers.URLField(help_text="fetches the files one by one, with curl or wget, and verifies them")
