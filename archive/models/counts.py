"""What is counted of the rows of the index, so that search need not look at each (archive/tallies.py)."""

from django.db import models

from archive.models.observed import GroupOUS, MemberOUS, Project

ASKED = [
    "mous",
    "gous",
    "rows",
    "project",
    "code_order",
    "bands",
    "release_at",
    "confidential",
    "qa2",
    "array",
    "intents",
]


class Tally(models.Model):
    """How many rows of the index a MOUS (or a GOUS for itself) has in which bands, and what holds for all of them: what
    search can know of hundreds of rows by a look at one.

    Columns that an `Observation` has as well mean the same, and have no foreign keys in the database either; `intents`
    are those of any of the rows.
    """

    mous = models.ForeignKey(
        MemberOUS, models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )
    gous = models.ForeignKey(GroupOUS, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    bands = models.IntegerField()
    rows = models.BigIntegerField()
    # As in the rows, and kept by the same triggers
    project = models.ForeignKey(Project, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    code_order = models.BigIntegerField()
    release_at = models.DateTimeField()
    confidential = models.BooleanField()
    qa2 = models.PositiveSmallIntegerField()
    array = models.PositiveSmallIntegerField()
    calibration = models.PositiveSmallIntegerField()
    # Of all rows together
    intents = models.IntegerField()
    low_hz_least = models.FloatField(null=True)
    low_hz_most = models.FloatField(null=True)
    t_min_mjd_least = models.FloatField(null=True)
    t_min_mjd_most = models.FloatField(null=True)
    resolution_arcsec_least = models.FloatField(null=True)
    resolution_arcsec_most = models.FloatField(null=True)

    class Meta:
        # Those of the orders of search have all that it asks: tallies that are met in order are not fetched one by one
        indexes = [
            models.Index(fields=["mous"], name="tally_mous"),
            models.Index(fields=["gous"], name="tally_gous"),
            models.Index(fields=["code_order"], name="tally_order"),
            models.Index(fields=["qa2"], name="tally_qa2"),
            models.Index(models.F("t_min_mjd_most").desc(nulls_last=True), include=ASKED, name="tally_observed"),
            models.Index(fields=["low_hz_least"], include=ASKED, name="tally_low"),
            models.Index(fields=["resolution_arcsec_least"], include=ASKED, name="tally_resolution"),
        ]

    def __str__(self):
        return f"{self.rows} rows of MOUS {self.mous_id} in bands {self.bands:b}"


class SkyCount(models.Model):
    """About how many rows lie in a pixel of order 6: to choose a way through the index, never to be shown."""

    pixel = models.IntegerField(primary_key=True)
    rows = models.BigIntegerField()

    def __str__(self):
        return f"{self.rows} rows in pixel {self.pixel}"
