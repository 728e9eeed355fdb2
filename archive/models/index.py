"""The index that search looks through: one flat row for each source and spectral window that ALMA observed.

Rows come from ALMA's ObsCore table or from deliveries.  `Observation` holds numbers alone, so that ten millions of
them load and scan fast; texts stand once each in the tables it points to.  It has no foreign keys in the database, for
these would cost more than the load itself (docs/decisions/0016): `manage.py check_index` looks for rows that point
nowhere.

Of a source of a MOUS the rows are ObsCore's where there are some, else the delivery's.  Copies of what is decided about
a MOUS or a project (release, confidentiality, QA2 state, array, calibration) are kept by triggers.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from archive.models.observed import NEVER, GroupOUS, MemberOUS, Project

WIDTH = models.F("high_hz") - models.F("low_hz")


class TargetName(models.Model):
    """A name as it was written, and the folded key of all its spellings (archive/target_names.py)."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)
    key = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["key"], name="target_name_key", opclasses=["text_pattern_ops"]),
            GinIndex(fields=["key"], name="target_name_trigrams", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self):
        return self.name


class AnnouncedBlock(models.Model):
    """An execution block that ObsCore names; one that was delivered has an `ExecutionBlock` as well."""

    id = models.AutoField(primary_key=True)
    uid = models.CharField(max_length=64, unique=True)
    mous = models.ForeignKey(MemberOUS, models.CASCADE, related_name="announced_blocks", null=True, db_constraint=False)

    def __str__(self):
        return self.uid


class Footprint(models.Model):
    """A region that is more than a circle around the position of its row."""

    id = models.AutoField(primary_key=True)
    digest = models.UUIDField(unique=True, help_text="first half of the SHA-256 of `region`")
    region = models.TextField(help_text="STC-S as ALMA writes it, ICRS degrees")
    shape = models.BinaryField(help_text="the same for archive/regions.py")

    def __str__(self):
        return self.region[:80]


class Setup(models.Model):
    """Texts of ObsCore that many rows share."""

    id = models.AutoField(primary_key=True)
    digest = models.UUIDField(unique=True, help_text="first half of the SHA-256 of the texts")
    antenna_arrays = models.TextField(blank=True)
    frequency_support = models.TextField(blank=True)
    scan_intent = models.TextField(blank=True)

    def __str__(self):
        return self.frequency_support[:80]


class Observation(models.Model):
    """One row of the index.  Unknown numbers are null, unknown codes 0."""

    class Origin(models.IntegerChoices):
        OBSCORE = 0
        DELIVERY = 1

    # What it is, and what of it has changed
    row_key = models.BigIntegerField(help_text="hash of what identifies the row in its origin")
    fingerprint = models.BigIntegerField(help_text="hash of all that its origin says")
    origin = models.PositiveSmallIntegerField(choices=Origin)
    last_modified = models.DateTimeField(null=True)
    # To what it belongs; without a MOUS the row is of the GOUS itself (calib_level 3)
    project = models.ForeignKey(Project, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    gous = models.ForeignKey(GroupOUS, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    mous = models.ForeignKey(
        MemberOUS, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    code_order = models.BigIntegerField(help_text="of the project: sorts as its code does")
    # Copies, kept by triggers
    release_at = models.DateTimeField(default=NEVER)
    confidential = models.BooleanField(default=False)
    qa2 = models.PositiveSmallIntegerField(default=0, help_text="0 unknown, 1 PASS, 2 SEMIPASS, 3 FAIL")
    array = models.PositiveSmallIntegerField(default=0, help_text="0 unknown, 1 12m, 2 7m, 4 TP")
    calibration = models.PositiveSmallIntegerField(default=0, help_text="0 unknown, 1 pipeline, 2 manual")
    # What was looked at
    name = models.ForeignKey(TargetName, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    block = models.ForeignKey(
        AnnouncedBlock, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    setup = models.ForeignKey(
        Setup, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    footprint = models.ForeignKey(
        Footprint, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    spw = models.PositiveSmallIntegerField(null=True, help_text="virtual id")
    # Where: all null, and size_class -1, where no position is known
    ra_deg = models.FloatField(null=True, help_text="ICRS")
    dec_deg = models.FloatField(null=True, help_text="ICRS")
    x = models.FloatField(null=True, help_text="unit vector of the position, ICRS")
    y = models.FloatField(null=True)
    z = models.FloatField(null=True)
    hpx = models.BigIntegerField(null=True, help_text="nested HEALPix of order 29")
    bound_rad = models.FloatField(null=True, help_text="radius around the position that holds the whole footprint")
    size_class = models.SmallIntegerField(default=-1, help_text="of bound_rad, see archive/sky.py")
    fov_deg = models.FloatField(null=True)
    # Spectrum
    low_hz = models.FloatField(null=True)
    high_hz = models.FloatField(null=True)
    frequency_hz = models.FloatField(null=True, help_text="ObsCore's frequency")
    channel_width_hz = models.FloatField(null=True, help_text="spectral resolution")
    resolving_power = models.FloatField(null=True)
    velocity_resolution_ms = models.FloatField(null=True)
    bandwidth_hz = models.FloatField(null=True)
    channels = models.IntegerField(null=True)
    bands = models.IntegerField(default=0, help_text="bit n for band n")
    # Quality
    resolution_arcsec = models.FloatField(null=True)
    largest_scale_arcsec = models.FloatField(null=True)
    sensitivity_10kms_mjy = models.FloatField(null=True)
    continuum_sensitivity_mjy = models.FloatField(null=True)
    pwv_mm = models.FloatField(null=True)
    polarisations = models.IntegerField(default=0, help_text="bits in the order of archive/index_codes.py")
    # Time
    t_min_mjd = models.FloatField(null=True)
    t_max_mjd = models.FloatField(null=True)
    exposure_s = models.FloatField(null=True)
    t_resolution_s = models.FloatField(null=True)
    # What ObsCore says besides
    calib_level = models.PositiveSmallIntegerField(default=2)
    product_type = models.PositiveSmallIntegerField(default=0, help_text="0 unknown, 1 image, 2 cube")
    intents = models.IntegerField(default=0, help_text="bits in the order of archive/index_codes.py")
    science = models.BooleanField(default=True)
    mosaic = models.BooleanField(default=False)
    qa2_passed = models.BooleanField(null=True)
    size_kbyte = models.BigIntegerField(null=True)
    s_xel1 = models.IntegerField(null=True)
    s_xel2 = models.IntegerField(null=True)

    class Meta:
        # archive/index_tables.py drops the indexes for a first load and makes them again
        indexes = [
            models.Index(fields=["hpx"], name="observation_place"),
            models.Index(fields=["size_class", "hpx"], name="observation_overlap"),
            models.Index(fields=["code_order", "mous", "id"], name="observation_order"),
            models.Index(fields=["mous"], name="observation_mous"),
            models.Index(fields=["name"], name="observation_name"),
            models.Index(
                fields=["low_hz", "id", "high_hz"],
                include=["bands", "confidential", "project", "mous"],
                name="observation_low",
            ),
            # Wider than a spectral window can be: of the others, low_hz says where high_hz is at most
            models.Index(WIDTH, condition=models.Q(high_hz__gt=models.F("low_hz") + 2.1e9), name="observation_wide"),
            models.Index(fields=["release_at", "id"], name="observation_release"),
            models.Index(fields=["t_min_mjd", "id"], name="observation_observed"),
            models.Index(fields=["resolution_arcsec", "id"], name="observation_resolution"),
            models.Index(fields=["project"], condition=models.Q(confidential=True), name="observation_confidential"),
            models.Index(fields=["gous"], condition=models.Q(mous=None), name="observation_group_only"),
            models.Index(fields=["mous"], condition=models.Q(origin=1), name="observation_delivered"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["row_key"], include=["fingerprint"], name="one_row_per_row_key"),
            models.CheckConstraint(
                condition=models.Q(high_hz__gte=models.F("low_hz")) | models.Q(low_hz=None),
                name="observation_has_a_frequency_range",
            ),
        ]

    def __str__(self):
        return f"observation {self.pk}"


class Load(models.Model):
    """One file, or one window of a TAP service, on its way into the index; what a second start goes on from."""

    source = models.TextField(help_text="name of the file, or address of the service with the window")
    sha256 = models.CharField(max_length=64, blank=True, help_text="of its rows, as they were read")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    rows_done = models.BigIntegerField(default=0, help_text="rows of the source that are dealt with")
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self):
        return self.source


class ProblemReport(models.Model):
    """What a reader says is wrong with a MOUS, with what the index and its check said at that moment."""

    mous = models.ForeignKey(MemberOUS, models.CASCADE, related_name="problem_reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.TextField(max_length=4000)
    reported_at = models.DateTimeField(default=timezone.now)
    snapshot = models.JSONField(help_text="the state of the MOUS, its blocks and files")
    found = ArrayField(models.JSONField(), help_text="what the check said: code, subject, sentence")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True, help_text="when the letter with the answer went out")

    class Meta:
        ordering = ["reported_at"]

    def __str__(self):
        return f"report {self.pk} about {self.mous}"
