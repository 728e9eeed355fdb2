from django.db import migrations, models


class Migration(migrations.Migration):
    """A band that few rows have is looked for along the frequencies, without a look at every row of the table."""

    dependencies = [("archive", "0013_few_goals_and_hidden_projects")]

    operations = [
        migrations.RemoveIndex(model_name="observation", name="observation_low"),
        migrations.AddIndex(
            model_name="observation",
            index=models.Index(
                fields=["low_hz", "id", "high_hz"],
                include=["bands", "confidential", "project", "mous"],
                name="observation_low",
            ),
        ),
    ]
