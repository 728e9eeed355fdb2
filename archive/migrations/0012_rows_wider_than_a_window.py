from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0011_findings_of_the_whole_index")]

    operations = [
        migrations.AddIndex(
            model_name="project",
            index=GinIndex(fields=["science_keywords"], name="project_keyword_trigrams", opclasses=["gin_trgm_ops"]),
        ),
        migrations.RemoveIndex(model_name="observation", name="observation_low"),
        migrations.AddIndex(
            model_name="observation", index=models.Index(fields=["low_hz", "id", "high_hz"], name="observation_low")
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                models.F("high_hz") - models.F("low_hz"),
                condition=models.Q(high_hz__gt=models.F("low_hz") + 2.1e9),
                name="observation_wide",
            ),
        ),
    ]
