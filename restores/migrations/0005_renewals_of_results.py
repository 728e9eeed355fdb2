"""How often a result was renewed, and when its owner was reminded of its end."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("restores", "0004_history_is_never_emptied")]

    operations = [
        migrations.AddField(
            "restoredetails",
            "renewals",
            models.PositiveSmallIntegerField(default=0, help_text="how often the owner had it kept longer"),
        ),
        migrations.AddField(
            "restoredetails",
            "reminded_at",
            models.DateTimeField(blank=True, help_text="when the owner was told of the end that is near", null=True),
        ),
    ]
