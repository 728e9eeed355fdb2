"""Files we can hand out, and the one place a user-defined cube of a source may take.

Most products exist without any request, so they do not know requests: where one made them, its id stands here as a
plain value, beside the provenance it sent down.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models import ExecutionBlock, MemberOUS, Source


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
    header = models.JSONField(default=dict, blank=True, help_text="FITS facts: shape, beam, axes")
    key = models.CharField(max_length=400, unique=True, help_text="key in the object store")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=64, default="application/octet-stream")
    version = models.PositiveSmallIntegerField(default=1)
    request_id = models.UUIDField(null=True, blank=True, db_index=True)
    provenance = models.JSONField(default=dict, blank=True)
    stored_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True, help_text="shown to those who may have the data")
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["mous", "directory", "name", "version"]
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
        ]

    def __str__(self):
        return self.name


class CubeSlot(models.Model):
    """The one user-defined cube of a source in a MOUS, from the moment it is requested.

    Inserted with the request, bound to its product when that is stored, deleted when the request fails or the cube is
    withdrawn.
    """

    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="cube_slots")
    source = models.ForeignKey(Source, models.PROTECT, related_name="cube_slots")
    request_id = models.UUIDField(unique=True)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="cube_slots")
    product = models.OneToOneField(Product, models.PROTECT, null=True, blank=True, related_name="slot")
    reserved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["reserved_at"]
        constraints = [
            models.UniqueConstraint(fields=["mous", "source"], name="one_user_cube_per_mous_and_source"),
        ]

    def __str__(self):
        return f"cube of {self.source}"
