"""Letters tell of arrivals too, so each names its project itself."""

import django.db.models.deletion
from django.db import migrations, models

PROJECT_OF_DECISION = """
UPDATE archive_notice SET project_id = d.project_id FROM archive_decision d WHERE d.id = archive_notice.decision_id"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0016_tallies_follow_decisions")]

    operations = [
        migrations.AddField(
            "notice",
            "project",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="archive.project"
            ),
        ),
        migrations.RunSQL(PROJECT_OF_DECISION, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "notice",
            "project",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="archive.project"),
        ),
        migrations.AddField(
            "notice",
            "arrived",
            models.ForeignKey(
                blank=True,
                help_text="whose data were taken in",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="archive.memberous",
            ),
        ),
        migrations.AlterField(
            "notice",
            "decision",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="archive.decision",
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("arrived__isnull", False), ("decision", None)),
                    models.Q(("arrived", None), ("decision__isnull", False)),
                    _connector="OR",
                ),
                name="a_notice_is_of_one_thing",
            ),
        ),
    ]
