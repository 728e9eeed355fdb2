"""Letters about decisions: written with the decision, sent after it, and kept until the mail server has taken them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models.decisions import Decision


class Notice(models.Model):
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="notices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=160)
    body = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True, help_text="empty: not sent yet")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["written_at"], condition=Q(told_at=None), name="notices_not_sent_yet")]

    def __str__(self):
        return f"notice to {self.person} of {self.decision}"
