"""What Cycle 0 packages are called, and where the fields of a source lie."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0009_the_index_follows_decisions")]

    operations = [
        migrations.AddField(
            model_name="memberous",
            name="delivery_id",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="of a Cycle 0 package: project and day",
                max_length=64,
            ),
        ),
        migrations.AlterField(
            model_name="memberous",
            name="uid",
            field=models.CharField(
                help_text="in Cycle 0 `delivery_id`, until ObsCore gives one", max_length=64, unique=True
            ),
        ),
        migrations.AddConstraint(
            model_name="memberous",
            constraint=models.UniqueConstraint(
                condition=models.Q(("delivery_id", ""), _negated=True),
                fields=("delivery_id",),
                name="one_mous_per_cycle_0_delivery",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="pointings",
            field=models.JSONField(
                blank=True, db_default=[], default=list, help_text="[RA, Dec] of each field on it, ICRS degrees"
            ),
        ),
    ]
