"""What staff should look at before a user does: a delivery or an index that is not what it says it is."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models.observed import MemberOUS


class Finding(models.Model):
    mous = models.ForeignKey(
        MemberOUS,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="findings",
        help_text="none: of the whole archive",
    )
    code = models.CharField(max_length=64)
    subject = models.CharField(max_length=256, blank=True, help_text="the file, block or source it is about")
    sentence = models.TextField()
    found_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="when check_index saw it last")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["mous", "code", "subject"],
                condition=Q(settled_at=None),
                nulls_distinct=False,
                name="an_open_finding_is_said_once",
            )
        ]

    def __str__(self):
        return f"{self.code}: {self.sentence}"
