"""Letters about decisions and arrivals: written with what they tell, sent after it, kept until they are sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models.decisions import Decision
from archive.models.observed import MemberOUS, Project


class Notice(models.Model):
    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="notices")
    arrived = models.ForeignKey(
        MemberOUS, models.PROTECT, null=True, blank=True, related_name="+", help_text="whose data were taken in"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=160)
    body = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True, help_text="empty: not sent yet")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["written_at"], condition=Q(told_at=None), name="notices_not_sent_yet")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision=None, arrived__isnull=False) | Q(decision__isnull=False, arrived=None),
                name="a_notice_is_of_one_thing",
            )
        ]

    def __str__(self):
        return f"notice to {self.person} of {self.decision or self.arrived}"
