"""Work people ask for.  The row is the truth: queue, worker and CASA may die at any moment and lose nothing."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models import CalibrationDelivery, MemberOUS, Source


class Phase(models.TextChoices):
    """UWS 1.1 section 2.1.3; which may follow which stands in `restores/phases.py`."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    HELD = "HELD"


class Request(models.Model):
    class Kind(models.TextChoices):
        RESTORE = "restore"
        IMAGE = "image"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="requests")
    calibration = models.ForeignKey(CalibrationDelivery, models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="requests")
    casa_version = models.CharField(max_length=32, help_text="the runtime chosen for it")
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.QUEUED)
    stage = models.CharField(max_length=80, blank=True)
    fraction = models.FloatField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_holder = models.CharField(max_length=160, blank=True, help_text="the process that has the lease")
    handle = models.JSONField(null=True, blank=True, help_text="pid and start time of the CASA supervisor")
    error_code = models.CharField(max_length=64, blank=True)
    error_sentence = models.TextField(blank=True)
    error_remedy = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="when the owner was told the end")
    report = models.JSONField(default=dict, blank=True, help_text="stages with seconds, facts, warnings")

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["phase", "lease_until"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(phase="ERROR") | ~Q(error_code=""),
                name="a_failed_request_says_why",
            ),
            models.CheckConstraint(
                condition=Q(phase__in=["COMPLETED", "ERROR", "ABORTED"], ended_at__isnull=False)
                | ~Q(phase__in=["COMPLETED", "ERROR", "ABORTED"]) & Q(ended_at=None),
                name="an_ended_request_has_an_end",
            ),
            models.UniqueConstraint(
                fields=["mous", "owner"],
                condition=Q(kind="restore", phase__in=["PENDING", "QUEUED", "EXECUTING", "HELD"]),
                name="one_live_restore_per_mous_and_owner",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"


class RestoreDetails(models.Model):
    """What only a restore has: how much is read, and how long the result is kept."""

    request = models.OneToOneField(Request, models.CASCADE, primary_key=True, related_name="restore")
    raw_bytes = models.PositiveBigIntegerField(default=0)
    keep_days = models.PositiveSmallIntegerField(default=30)
    renewals = models.PositiveSmallIntegerField(default=0, help_text="how often the owner had it kept longer")
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="when the owner was told of the end that is near"
    )

    def __str__(self):
        return f"details of {self.request}"


class ImagingDetails(models.Model):
    """The user-defined image: one source, its cubes as validated (hertz, LSRK), and the words the user wrote."""

    request = models.OneToOneField(Request, models.CASCADE, primary_key=True, related_name="imaging")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    cubes = models.JSONField(default=list)
    continuum = models.BooleanField(default=True)
    angular_resolution_arcsec = models.FloatField(null=True)
    asked = models.JSONField(default=dict, help_text="the request as it was sent")

    def __str__(self):
        return f"details of {self.request}"


class PhaseChange(models.Model):
    """History of a request: rows are added, never changed (a trigger refuses it)."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="history")
    phase = models.CharField(max_length=10, choices=Phase)
    at = models.DateTimeField(default=timezone.now)
    attempt = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.phase} at {self.at:%Y-%m-%d %H:%M:%S}"


class Quota(models.Model):
    """What staff gave one person in place of the usual number of requests; see restores/quotas.py."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="quota")
    running = models.PositiveSmallIntegerField(help_text="requests that run at once")
    queued = models.PositiveSmallIntegerField(help_text="requests that wait at once")
    reason = models.TextField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="empty: on the server",
    )
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["person__username"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_quota_has_a_reason")]

    def __str__(self):
        return f"{self.running} running and {self.queued} waiting for {self.person}"
