from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("archive", "0012_rows_wider_than_a_window")]

    operations = [
        migrations.AddIndex(
            model_name="groupous",
            index=models.Index(fields=["science_goal_uid"], condition=~Q(science_goal_uid=""), name="group_goal"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=models.Index(fields=["id"], condition=Q(confidential=True), name="project_hidden"),
        ),
    ]
