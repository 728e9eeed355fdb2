"""What staff decided about a project, a MOUS or an account, and why.  Append-only: a trigger refuses all else."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models.observed import AlmaAccount, MemberOUS, Project


class Decision(models.Model):
    """`before` and `after` are texts for people to read; the rows themselves hold what is in force."""

    class About(models.TextChoices):
        RELEASE = "release time"
        PI = "PI"
        CONFIDENTIALITY = "confidentiality"
        QA2 = "QA2 state"
        ACCOUNT = "ALMA account"
        ROLE = "staff role"
        ASSIGNMENT = "assignment"
        DELEGATION = "delegation"
        QUOTA = "quota"
        RECALL = "recall"

    about = models.CharField(max_length=16, choices=About)
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="decisions")
    mous = models.ForeignKey(MemberOUS, models.PROTECT, null=True, blank=True, related_name="decisions")
    alma_account = models.ForeignKey(AlmaAccount, models.PROTECT, null=True, blank=True, related_name="decisions")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="who it is about"
    )
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="empty: a provider"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_decision_has_a_reason")]

    def __str__(self):
        return f"{self.about} of {self.mous or self.project or self.alma_account or self.person}"
