"""Files we can hand out, and what is known of each.

Most products exist without any request, so they do not know requests: where one made them, its id stands here as a
plain value, beside the provenance it sent down.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from archive.models import ExecutionBlock, MemberOUS, Source
from products.cubes import CubeSlot, ProductChange
from products.journal import Staged
from products.previews.models import Preview, Previewing
from products.sidecar_lag import Sidecar

__all__ = ["Blocks", "CubeSlot", "IngestRun", "Preview", "Previewing", "Product", "ProductChange", "Sidecar", "Staged"]


class Product(models.Model):
    """One stored object.  Its bytes never change: what replaces it is a new row that it points to."""

    class Origin(models.TextChoices):
        DELIVERED = "delivered"
        RESTORED = "restored"
        IMAGED = "imaged"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="products")
    eb = models.ForeignKey(ExecutionBlock, models.PROTECT, null=True, blank=True, related_name="products")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="products")
    companion_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="companions")
    origin = models.CharField(max_length=9, choices=Origin)
    role = models.CharField(
        max_length=40,
        help_text="what the file is for, e.g. caltables (archive/roles.py)",
    )
    directory = models.CharField(
        max_length=128,
        blank=True,
        help_text="place below the MOUS in the delivered tree",
    )
    name = models.CharField(max_length=255)
    pipeline_name = models.CharField(max_length=255, blank=True, help_text="before the archive renamed it")
    intent = models.CharField(max_length=16, blank=True)
    spws = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    mode = models.CharField(max_length=8, blank=True)
    stokes = models.CharField(max_length=8, blank=True)
    layer = models.CharField(max_length=16, blank=True)
    calibration = models.CharField(max_length=8, blank=True, help_text="regcal or selfcal, of an image")
    taylor = models.PositiveSmallIntegerField(null=True, blank=True)
    manual = models.BooleanField(default=False)
    comment = models.CharField(max_length=128, blank=True, help_text="tokens of the name that belong to no family")
    marks = ArrayField(
        models.CharField(max_length=32),
        default=list,
        blank=True,
        help_text="what is odd about a file that is good to have (products/marks.py)",
    )
    header = models.JSONField(default=dict, blank=True, help_text="FITS facts: shape, beam, axes")
    key = models.CharField(max_length=400, unique=True, help_text="key in the object store")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    crc32 = models.BigIntegerField(null=True, blank=True, help_text="as in zip; null where it was never computed")
    md5 = models.CharField(max_length=32, blank=True, help_text="where it was asked for")
    media_type = models.CharField(max_length=64, default="application/octet-stream")
    run = models.ForeignKey("IngestRun", models.PROTECT, null=True, blank=True, related_name="products")
    version = models.PositiveSmallIntegerField(default=1)
    request_id = models.UUIDField(null=True, blank=True, db_index=True)
    provenance = models.JSONField(default=dict, blank=True)
    stored_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supersedes")
    version_reason = models.TextField(blank=True, help_text="why there is this version, e.g. a re-reduction")
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.TextField(blank=True, help_text="why its bytes are not handed out")
    checked_at = models.DateTimeField(default=timezone.now, null=True, help_text="when its bytes were last seen right")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, help_text="shown to those who may have the data")
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True, help_text="since when its object may be gone")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["mous", "directory", "name", "version"]
        indexes = [
            models.Index(
                "checked_at",
                "id",
                include=["size"],
                name="product_rotation",
                condition=Q(quarantined_at=None, removed_at=None) & (Q(withdrawn_at=None) | Q(expires_at=None)),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mous", "directory", "name"],
                condition=Q(origin="delivered", superseded_at=None),
                name="one_current_version_of_a_delivered_file",
            ),
            models.UniqueConstraint(
                fields=["request_id", "name"],
                condition=Q(request_id__isnull=False),
                name="a_request_makes_a_file_once",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="every_product_has_its_sha256",
            ),
            models.CheckConstraint(
                condition=Q(origin="delivered", request_id=None) | ~Q(origin="delivered") & Q(request_id__isnull=False),
                name="only_made_products_name_a_request",
            ),
            models.CheckConstraint(
                condition=Q(quarantined_at=None) | ~Q(quarantine_reason=""),
                name="quarantine_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by=None) | Q(superseded_at__isnull=False),
                name="what_is_superseded_says_when",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(withdrawn_at__isnull=False),
                name="what_is_removed_was_withdrawn",
            ),
        ]

    def __str__(self):
        return self.name


class Blocks(models.Model):
    """CRC-32 of each block of a product's bytes, so that a reader fetches again only what came damaged.

    A checksum of a block finds the damage; whether the whole is right is told by its SHA-256 alone.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="blocks")
    block_bytes = models.PositiveIntegerField()
    crcs = models.BinaryField(help_text="four bytes each, most significant first")

    class Meta:
        verbose_name_plural = "blocks"

    def __str__(self):
        return f"blocks of {self.product_id}"


class IngestRun(models.Model):
    """One attempt to take in one package: what was given, what came of it, and why it failed if it did."""

    class Phase(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phase = models.CharField(max_length=8, choices=Phase, default=Phase.RUNNING)
    command = models.CharField(max_length=32, help_text="the verb, e.g. ingest_delivery")
    sources = models.JSONField(default=list, help_text="the paths or bucket prefixes that were given")
    options = models.JSONField(default=dict, blank=True, help_text="what a retry is started with")
    mous_uid = models.CharField(max_length=64, blank=True, db_index=True, help_text="once it is known")
    mous = models.ForeignKey(MemberOUS, models.PROTECT, null=True, blank=True, related_name="ingest_runs")
    started_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(default=timezone.now, help_text="last sign of life while it runs")
    ended_at = models.DateTimeField(null=True, blank=True)
    bytes_total = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True, help_text="files new, changed, unchanged, quarantined, marked")
    reason = models.TextField(blank=True, help_text="why it failed, and what to do")

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(phase="running", ended_at=None) | ~Q(phase="running") & Q(ended_at__isnull=False),
                name="a_run_ends_once",
            ),
            models.CheckConstraint(
                condition=~Q(phase="failed") | ~Q(reason=""),
                name="a_failed_run_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.command} of {self.mous_uid or self.sources}"


class Bundle(models.Model):
    """A selection of products, fixed when it is made; the archive files of it are made while they are sent.

    Its id opens nothing: who asks for it must have every product in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=128, help_text="of the archive files, without their ending")
    products = ArrayField(models.UUIDField(), help_text="ids, in the order of `paths`")
    paths = ArrayField(models.TextField(), help_text="where each lies in the archive, sorted")
    sums_sha256 = models.CharField(max_length=64, help_text="of its SHA256SUMS: of all that is in it")
    size = models.PositiveBigIntegerField(help_text="bytes of the products")
    left_out = ArrayField(models.UUIDField(), default=list, blank=True, help_text="asked for, but not to be had")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["made_by", "name", "sums_sha256"], nulls_distinct=False, name="one_bundle_of_a_selection"
            ),
            models.CheckConstraint(
                condition=Q(products__len__gt=0) & Q(products__len=F("paths__len")),
                name="every_product_of_a_bundle_has_its_path",
            ),
        ]

    def __str__(self):
        return self.name
