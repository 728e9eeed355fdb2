"""Which previews there are, and which are still to be made.

A row that says so is written with the product itself, by a trigger: whoever brings images in cannot forget it, and
nothing that dies afterwards loses it.
"""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Preview(models.Model):
    """One picture, or the numbers for one, that lies in the object store; it is as proprietary as what it shows."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        PEAK = "peak"
        MOMENT0 = "moment0", "moment 0"
        SPECTRUM = "spectrum"
        NUMBERS = "numbers"

    product = models.ForeignKey("products.Product", models.CASCADE, related_name="previews")
    kind = models.CharField(max_length=8, choices=Kind)
    width = models.PositiveSmallIntegerField(null=True, blank=True, help_text="pixels, of a picture")
    name = models.CharField(max_length=64, help_text="the last part of its address")
    key = models.CharField(max_length=400, unique=True, help_text="key in the object store")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["product", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="one_preview_of_a_name"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="every_preview_has_its_sha256"),
        ]

    def __str__(self):
        return self.name


class Previewing(models.Model):
    """How far the previews of an image are: due, made, or not to be had and why."""

    product = models.OneToOneField("products.Product", models.CASCADE, primary_key=True, related_name="previewing")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="begun, and not ended by the store")
    made_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, db_default="", help_text="why there are none")

    class Meta:
        verbose_name_plural = "previewings"
        indexes = [
            models.Index(fields=["product"], condition=Q(made_at=None, problem=""), name="previews_that_are_due"),
        ]

    def __str__(self):
        return f"previews of {self.product_id}"
