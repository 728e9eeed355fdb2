"""User-defined cubes as rows: the place of each, who is to take it next, and what became of the products.

A change is written beside the row of the product, in the same transaction, and stays when the row says something else.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models import MemberOUS, Source


class CubeSlot(models.Model):
    """The one user-defined cube of a source in a MOUS, from the moment it is requested.

    Inserted with the request, bound to its product when that is stored, deleted when the request fails or the cube is
    withdrawn.  While a product is in force a second request may stand behind it, which is to replace it.
    """

    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="cube_slots")
    source = models.ForeignKey(Source, models.PROTECT, related_name="cube_slots")
    request_id = models.UUIDField(unique=True)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="cube_slots")
    product = models.OneToOneField("Product", models.PROTECT, null=True, blank=True, related_name="slot")
    reserved_at = models.DateTimeField(default=timezone.now)
    next_request_id = models.UUIDField(unique=True, null=True, blank=True, help_text="what it makes replaces the cube")
    next_holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    next_reason = models.TextField(blank=True, help_text="why it is replaced: becomes that of the version")
    next_at = models.DateTimeField(null=True, blank=True, help_text="when that was asked for")

    class Meta:
        ordering = ["reserved_at"]
        constraints = [
            models.UniqueConstraint(fields=["mous", "source"], name="one_user_cube_per_mous_and_source"),
            models.CheckConstraint(
                condition=Q(next_request_id=None, next_holder=None, next_at=None, next_reason="")
                | Q(
                    product__isnull=False,
                    next_request_id__isnull=False,
                    next_holder__isnull=False,
                    next_at__isnull=False,
                )
                & ~Q(next_reason=""),
                name="what_is_replaced_is_there_and_the_next_says_why",
            ),
        ]

    def __str__(self):
        return f"cube of {self.source}"


class ProductChange(models.Model):
    """What was done with a product, by whom and why: rows are added, never changed (triggers refuse it)."""

    class What(models.TextChoices):
        SUPERSEDED = "superseded"
        WITHDRAWN = "withdrawn"
        BROUGHT_BACK = "brought back"
        REMOVED = "removed"

    product = models.ForeignKey("Product", models.PROTECT, related_name="changes")
    what = models.CharField(max_length=16, choices=What)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="empty: the archive",
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="of its place then"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(what="removed") | Q(by__isnull=False) & ~Q(reason=""),
                name="who_changes_a_product_says_why",
            )
        ]

    def __str__(self):
        return f"{self.product_id} {self.what} at {self.at:%Y-%m-%d %H:%M:%S}"
