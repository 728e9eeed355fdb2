"""How far the object that tells of a MOUS is behind its rows (products/sidecars.py).  Triggers count."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from archive.models import MemberOUS


class Sidecar(models.Model):
    """One for each MOUS that has, or had, products."""

    mous = models.OneToOneField(MemberOUS, models.CASCADE, primary_key=True, related_name="sidecar")
    changes = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    written = models.BigIntegerField(default=0, help_text="changes that the object tells of")
    written_at = models.DateTimeField(null=True, blank=True)
    uid = models.CharField(max_length=64, blank=True, help_text="of the MOUS when it was written: the object's name")

    class Meta:
        indexes = [models.Index(fields=["changed_at"], condition=Q(changes__gt=F("written")), name="sidecar_due")]

    def __str__(self):
        return f"sidecar of {self.mous_id}"
