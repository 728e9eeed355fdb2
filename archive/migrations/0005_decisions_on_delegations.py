"""Decisions about delegations that staff give or end for the PI."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0004_decisions_on_assignments_and_notices")]

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
                ],
                max_length=16,
            ),
        ),
    ]
