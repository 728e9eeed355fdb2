"""Findings that are about no MOUS, and what a delivery names, kept for `manage.py check_index`."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0010_cycle_0_and_pointings")]

    operations = [
        migrations.RemoveConstraint(model_name="finding", name="an_open_finding_is_said_once"),
        migrations.AddField(
            model_name="finding",
            name="seen_at",
            field=models.DateTimeField(blank=True, help_text="when check_index saw it last", null=True),
        ),
        migrations.AlterField(
            model_name="finding",
            name="mous",
            field=models.ForeignKey(
                blank=True,
                help_text="none: of the whole archive",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="findings",
                to="archive.memberous",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("mous", "code", "subject"),
                name="an_open_finding_is_said_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="calibrationdelivery",
            name="named_blocks",
            field=models.JSONField(
                default=dict,
                help_text="who names which execution blocks: manifest, ppr, restore_script, raw -> EB uids",
            ),
        ),
        migrations.AddField(
            model_name="calibrationdelivery",
            name="sb_name",
            field=models.CharField(blank=True, help_text="scheduling block of the processing request", max_length=128),
        ),
        migrations.AddField(
            model_name="problemreport",
            name="told_at",
            field=models.DateTimeField(help_text="when the letter with the answer went out", null=True),
        ),
    ]
