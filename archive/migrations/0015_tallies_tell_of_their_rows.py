import django.db.models.deletion
from django.db import migrations, models

ENDS = [f"{name}_{end}" for name in ("low_hz", "t_min_mjd", "resolution_arcsec") for end in ("least", "most")]
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
NEEDED = {
    "project": models.ForeignKey(
        default=0,
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to="archive.project",
    ),
    "code_order": models.BigIntegerField(default=0),
    "release_at": models.DateTimeField(default="3000-01-01T00:00:00Z"),
    "confidential": models.BooleanField(default=True),
    "qa2": models.PositiveSmallIntegerField(default=0),
    "array": models.PositiveSmallIntegerField(default=0),
    "calibration": models.PositiveSmallIntegerField(default=0),
    "intents": models.IntegerField(default=0),
}


class Migration(migrations.Migration):
    """The next one counts again what this one empties."""

    dependencies = [("archive", "0014_frequencies_with_their_bands")]

    operations = [
        migrations.RunSQL("DELETE FROM archive_tally", migrations.RunSQL.noop),
        *(
            migrations.AddField(model_name="tally", name=name, field=field, preserve_default=False)
            for name, field in NEEDED.items()
        ),
        *(migrations.AddField(model_name="tally", name=name, field=models.FloatField(null=True)) for name in ENDS),
        migrations.AddIndex("tally", models.Index(fields=["code_order"], name="tally_order")),
        migrations.AddIndex("tally", models.Index(fields=["qa2"], name="tally_qa2")),
        migrations.AddIndex(
            "tally",
            models.Index(
                models.OrderBy(models.F("t_min_mjd_most"), descending=True, nulls_last=True),
                include=ASKED,
                name="tally_observed",
            ),
        ),
        migrations.AddIndex("tally", models.Index(fields=["low_hz_least"], include=ASKED, name="tally_low")),
        migrations.AddIndex(
            "tally", models.Index(fields=["resolution_arcsec_least"], include=ASKED, name="tally_resolution")
        ),
    ]
