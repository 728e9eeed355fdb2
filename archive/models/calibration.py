"""What a delivered package says about the calibration of a MOUS."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models.observed import MemberOUS


class CalibrationDelivery(models.Model):
    """What one delivered package says about the calibration of a MOUS.  A changed package is a new version."""

    class Kind(models.TextChoices):
        PIPELINE = "pipeline"
        MANUAL = "manual"
        UNKNOWN = "unknown"

    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="calibrations")
    version = models.PositiveSmallIntegerField()
    current = models.BooleanField(default=True)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 over the facts below")
    kind = models.CharField(max_length=8, choices=Kind)
    casa_version = models.CharField(max_length=32, blank=True)
    pipeline_version = models.CharField(max_length=32, blank=True)
    recipe = models.CharField(max_length=64, blank=True)
    calibration_pprs = models.JSONField(default=list, help_text="names of processing requests that calibrate")
    imaging_pprs = models.JSONField(default=list)
    manifests = models.JSONField(default=list, help_text="names of calibration manifests")
    scripts = models.JSONField(
        default=list,
        help_text="kinds of delivered scripts, e.g. scriptForPolCalibration",
    )
    restore_task = models.CharField(max_length=64, blank=True)
    restore_parameters = models.JSONField(default=dict)
    renorm_applied = models.BooleanField(default=False)
    sessions = models.JSONField(default=dict, help_text="session -> names of its caltables archives")
    blocks = models.JSONField(default=dict, help_text="EB uid -> session, flagversions name, applycal lines")
    named_blocks = models.JSONField(
        default=dict, help_text="who names which execution blocks: manifest, ppr, restore_script, raw -> EB uids"
    )
    sb_name = models.CharField(max_length=128, blank=True, help_text="scheduling block of the processing request")
    continuum_ranges = models.JSONField(default=dict, help_text="source key -> spw -> [[low, high], ...] in Hz LSRK")
    requested = models.JSONField(default=dict, help_text="performance parameters of the processing request")
    size_check = models.JSONField(
        default=dict, db_default={}, help_text="how the pipeline kept its images small (archive/readers/size_check.py)"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["mous", "version"]
        constraints = [
            models.UniqueConstraint(fields=["mous", "version"], name="calibration_versions_are_counted"),
            models.UniqueConstraint(
                fields=["mous"],
                condition=Q(current=True),
                name="one_calibration_in_force",
            ),
        ]

    def __str__(self):
        return f"calibration {self.version} of {self.mous}"
