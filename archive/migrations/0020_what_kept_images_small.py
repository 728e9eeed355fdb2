"""What a package says of how the pipeline kept its images small."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0019_the_index_knows_recalls")]

    operations = [
        migrations.AddField(
            "calibrationdelivery",
            "size_check",
            models.JSONField(
                db_default={},
                default=dict,
                help_text="how the pipeline kept its images small (archive/readers/size_check.py)",
            ),
        ),
    ]
