"""Decisions about quotas: what a person had before, and why it changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0006_logs_are_never_emptied")]

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
                    ("delegation", "Delegation"),
                    ("quota", "Quota"),
                ],
                max_length=16,
            ),
        ),
    ]
