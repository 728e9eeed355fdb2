"""Decisions about assignments, the letters that tell of decisions, and where release times known so far came from."""

from datetime import UTC, datetime

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

NEVER = datetime(3000, 1, 1, tzinfo=UTC)


def came_from_alma(apps, schema_editor):
    """Until now a release time could come from facts files and ObsCore alone."""
    rows = apps.get_model("archive", "MemberOUS").objects.filter(release_origin="", stated_release_at=None)
    rows.filter(release_at__lt=NEVER).update(release_origin="ALMA", stated_release_at=models.F("release_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0003_append_only_logs_and_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="about",
            field=models.CharField(
                choices=[
                    ("release time", "Release"),
                    ("PI", "Pi"),
                    ("confidentiality", "Confidentiality"),
                    ("QA2 state", "Qa2"),
                    ("ALMA account", "Account"),
                    ("staff role", "Role"),
                    ("assignment", "Assignment"),
                ],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=160)),
                ("body", models.TextField()),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("told_at", models.DateTimeField(blank=True, help_text="empty: not sent yet", null=True)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="archive.decision"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_at", None)), fields=["written_at"], name="notices_not_sent_yet"
                    )
                ],
            },
        ),
        migrations.RunPython(came_from_alma, migrations.RunPython.noop),
    ]
