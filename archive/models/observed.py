"""What ALMA observed and delivered, and who was given a right to it: the nouns, with what must never be false.

A project holds group ObsUnitSets (one per science goal), these hold member ObsUnitSets (MOUS), and a MOUS holds the
execution blocks of one scheduling block.  The MOUS is the unit of delivery, quality assurance and access.
"""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse

from archive import uids

# ALMA's own way to say "not released, no date known" (ObsCore obs_release_date)
NEVER = datetime(3000, 1, 1, tzinfo=UTC)


class QAState(models.TextChoices):
    PASS = "PASS"  # noqa: S105 (a state, not a password)
    SEMIPASS = "SEMIPASS"
    FAIL = "FAIL"
    UNKNOWN = "", "unknown"


class AlmaAccount(models.Model):
    """An ALMA account name; `user` is set by staff or an identity provider, never by the user herself."""

    name = models.CharField(max_length=150, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alma_account",
    )

    def __str__(self):
        return self.name


class Project(models.Model):
    code = models.CharField(max_length=24, unique=True, help_text="e.g. 2023.1.00101.S")
    title = models.CharField(max_length=256, blank=True)
    code_order = models.BigIntegerField(
        default=0, editable=False, help_text="sorts as the code does; a trigger writes it, see codes.order"
    )
    pi = models.ForeignKey(AlmaAccount, models.PROTECT, null=True, blank=True, related_name="projects", db_index=False)
    # What ObsCore says of the project
    pi_name = models.CharField(max_length=256, blank=True)
    pi_key = models.CharField(max_length=256, blank=True, help_text="pi_name without case and accents")
    co_authors = models.TextField(blank=True)
    abstract = models.TextField(blank=True)
    scientific_category = models.CharField(max_length=200, blank=True)
    science_keywords = models.CharField(max_length=200, blank=True)
    publications = models.JSONField(default=dict, blank=True, help_text="ObsCore's columns about publications")
    confidential = models.BooleanField(
        default=False, help_text="hidden, with all that belongs to it, from everyone without access"
    )

    class Meta:
        ordering = ["code"]
        indexes = [
            # Of a PI, and which of them are hidden, without a look at their rows: asked by nearly each search of hers
            models.Index(fields=["pi", "id"], include=["confidential"], name="project_pi"),
            models.Index(fields=["code_order"], name="project_order"),
            GinIndex(fields=["pi_key"], name="project_pi_trigrams", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["science_keywords"], name="project_keyword_trigrams", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["id"], condition=Q(confidential=True), name="project_hidden"),
        ]

    def __str__(self):
        return self.code

    def get_absolute_url(self):
        return reverse("project", args=[self.code])


class GroupOUS(models.Model):
    """All MOUSs that are to be combined for one science goal."""

    uid = models.CharField(max_length=64, unique=True)
    science_goal_uid = models.CharField(max_length=64, blank=True, help_text="only known from delivered paths")
    project = models.ForeignKey(Project, models.PROTECT, related_name="groups")

    class Meta:
        indexes = [models.Index(fields=["science_goal_uid"], condition=~Q(science_goal_uid=""), name="group_goal")]

    def __str__(self):
        return self.uid

    def get_absolute_url(self):
        return reverse("gous", args=[self.name])

    @property
    def name(self):
        return uids.file_form(self.uid)


class MemberOUS(models.Model):
    class Delivery(models.TextChoices):
        """How much of the delivery has arrived; later tars complete it."""

        ANNOUNCED = "announced"
        RAW_ONLY = "raw only"
        PRODUCTS_ONLY = "products only"
        PARTIAL = "partial"
        COMPLETE = "complete"

    class ReleaseOrigin(models.TextChoices):
        """Where `release_at` comes from: staff before ALMA, ALMA before what the policy computes."""

        STAFF = "staff"
        ALMA = "ALMA"
        COMPUTED = "computed"
        UNKNOWN = "", "unknown"

    uid = models.CharField(max_length=64, unique=True, help_text="in Cycle 0 `delivery_id`, until ObsCore gives one")
    delivery_id = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="of a Cycle 0 package: project and day"
    )
    gous = models.ForeignKey(GroupOUS, models.PROTECT, related_name="members")
    sb_name = models.CharField(max_length=128, blank=True)
    array = models.CharField(max_length=8, blank=True, help_text="12m, 7m or TP")
    delivery_state = models.CharField(max_length=16, choices=Delivery, default=Delivery.ANNOUNCED)
    parts_seen = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    raw_released_at = models.DateTimeField(null=True, blank=True, help_text="first raw data given out early, if any")
    stated_release_at = models.DateTimeField(null=True, blank=True, help_text="what ALMA says, in force or not")
    release_at = models.DateTimeField(default=NEVER, help_text="UTC; data are public from this second on")
    release_origin = models.CharField(max_length=8, choices=ReleaseOrigin, blank=True)
    qa2_state = models.CharField(max_length=8, choices=QAState, blank=True)
    qa2_comment = models.TextField(blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True, help_text="wrongly delivered: nobody has its data")
    recall_reason = models.TextField(blank=True, default="", db_default="", help_text="told to every reader")

    class Meta:
        ordering = ["uid"]
        indexes = [
            models.Index(fields=["release_at"]),
            models.Index(fields=["gous"], condition=Q(recalled_at__isnull=False), name="recalled_mous"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery_id"], condition=~Q(delivery_id=""), name="one_mous_per_cycle_0_delivery"
            ),
            models.CheckConstraint(condition=Q(recalled_at=None) | ~Q(recall_reason=""), name="a_recall_has_a_reason"),
        ]

    def __str__(self):
        return self.uid

    def get_absolute_url(self):
        return reverse("mous", args=[self.name])

    @property
    def name(self):
        """The uid as it stands in file names."""
        return uids.file_form(self.uid)

    @property
    def project(self):
        return self.gous.project

    @property
    def calibration(self):
        """The calibration delivery in force, or None."""
        return self.calibrations.filter(current=True).first()


class ExecutionBlock(models.Model):
    uid = models.CharField(max_length=64, unique=True)
    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="ebs")
    session = models.CharField(max_length=16, blank=True)
    qa0_state = models.CharField(max_length=8, choices=QAState, blank=True)
    used = models.BooleanField(
        null=True,
        help_text="calibrated and used by QA2; unknown until a manifest names it",
    )
    antennas = models.PositiveIntegerField(null=True)
    longest_baseline_m = models.FloatField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rows = models.PositiveBigIntegerField(null=True, help_text="cross-correlation rows promised by Main.xml")
    raw_bytes = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["started_at", "uid"]

    def __str__(self):
        return self.uid

    @property
    def name(self):
        return uids.file_form(self.uid)


class SpectralWindow(models.Model):
    """A window of one execution block.  Ids differ between blocks: join by name; `virtual` is the first block's id."""

    eb = models.ForeignKey(ExecutionBlock, models.CASCADE, related_name="spws")
    number = models.PositiveSmallIntegerField()
    virtual = models.PositiveSmallIntegerField(null=True)
    name = models.CharField(max_length=128)
    science = models.BooleanField()
    nchan = models.PositiveIntegerField()
    low_hz = models.FloatField(help_text="lower edge, TOPO")
    high_hz = models.FloatField(help_text="upper edge, TOPO")
    channel_width_hz = models.FloatField(help_text="native spacing, positive")

    class Meta:
        ordering = ["eb", "number"]
        constraints = [
            models.UniqueConstraint(fields=["eb", "number"], name="one_row_per_spectral_window"),
            models.CheckConstraint(
                condition=Q(high_hz__gte=models.F("low_hz")),
                name="spectral_window_has_a_range",
            ),
        ]

    def __str__(self):
        return f"{self.eb} spw {self.number}"


class Source(models.Model):
    """A field observed in a MOUS, under the normalised key that survives ALMA's file naming (FACTS 1.4)."""

    mous = models.ForeignKey(MemberOUS, models.PROTECT, related_name="sources")
    name = models.CharField(max_length=256)
    key = models.CharField(max_length=256)
    intents = ArrayField(models.CharField(max_length=32), default=list)
    ra_deg = models.FloatField(null=True, help_text="ICRS")
    dec_deg = models.FloatField(null=True, help_text="ICRS")
    pointings = models.JSONField(
        default=list, db_default=[], blank=True, help_text="[RA, Dec] of each field on it, ICRS degrees"
    )

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["mous", "key"], name="one_source_per_mous_and_key")]

    def __str__(self):
        return self.name

    @property
    def is_target(self):
        return "TARGET" in self.intents
