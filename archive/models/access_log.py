"""Who had which data of a project, when, and by which right; and the seals that show whether the log was changed.

Both tables are append-only by trigger.  The trigger also gives a record its time, under a lock that the sealing job
takes as well: no record can appear in a minute that has been sealed.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from archive.models.observed import MemberOUS, Project
from archive.models.rights import Delegation, StaffAssignment


class AccessRecord(models.Model):
    """One thing that happened.  A download has two, joined by `event`: one when it begins, one when it ends.

    The second says how many bytes were really sent; a process that was killed in between leaves only the first.
    """

    class What(models.TextChoices):
        DOWNLOAD = "download"
        DOWNLOAD_ENDED = "download ended"
        LINK = "link"  # to the object store, public bytes alone
        RESTORE = "restore"
        IMAGE = "image"

    class Rule(models.TextChoices):
        """Which part of the access rule allowed it."""

        RELEASED = "released"
        PI = "PI"
        DELEGATION = "delegation"
        ASSIGNMENT = "assignment"
        CALIBRATOR = "calibrator"

    at = models.DateTimeField(default=timezone.now, help_text="set by the database")
    event = models.UUIDField(db_index=True)
    what = models.CharField(max_length=16, choices=What)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    person_name = models.CharField(max_length=150, blank=True, help_text="as it was then; empty: nobody logged in")
    project = models.ForeignKey(Project, models.PROTECT, related_name="access_records")
    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="access_records")
    subject = models.UUIDField(help_text="the product or request")
    name = models.CharField(max_length=512, help_text="its name as it was then")
    rule = models.CharField(max_length=16, choices=Rule)
    delegation = models.ForeignKey(Delegation, models.PROTECT, null=True, related_name="+")
    assignment = models.ForeignKey(StaffAssignment, models.PROTECT, null=True, related_name="+")
    bytes_asked = models.PositiveBigIntegerField(null=True)
    bytes_sent = models.PositiveBigIntegerField(null=True)
    outcome = models.CharField(max_length=32, blank=True, help_text="how a download ended: complete, left, cut off ...")
    request_id = models.CharField(max_length=32, blank=True, help_text="as in the service's log")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["project", "-id"], name="access_log_of_a_project"),
            models.Index(fields=["at"], name="access_log_in_time"),
        ]

    def __str__(self):
        return f"{self.what} of {self.name} by {self.person_name or 'nobody logged in'}"


class Seal(models.Model):
    """A closed minute of the log: SHA-256 over the seal before it and the records of the minute, in order."""

    minute = models.DateTimeField(unique=True, help_text="its beginning, UTC")
    records = models.PositiveIntegerField()
    last_record = models.PositiveBigIntegerField(help_text="highest id sealed so far, 0: none")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["minute"]

    def __str__(self):
        return f"{self.minute:%Y-%m-%d %H:%M}"
