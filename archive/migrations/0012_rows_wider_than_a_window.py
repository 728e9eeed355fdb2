from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0011_findings_of_the_whole_index")]

    operations = [
        migrations.RemoveIndex(model_name="observation", name="observation_low"),
        migrations.AddIndex(
            model_name="observation", index=models.Index(fields=["low_hz", "id", "high_hz"], name="observation_low")
        ),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                fields=["low_hz"],
                condition=models.Q(high_hz__gt=models.F("low_hz") + 2.1e9),
                name="observation_wide",
            ),
        ),
    ]
