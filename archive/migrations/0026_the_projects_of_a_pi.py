"""The projects of a PI, and which of them are hidden, from an index alone: searches of hers ask for them all the time, and
to look at the row of each took a tenth of a page.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archive", "0025_footprints_in_one_place")]

    operations = [
        migrations.AddIndex("project", models.Index(fields=["pi", "id"], include=("confidential",), name="project_pi")),
        migrations.AlterField(
            "project",
            "pi",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="projects",
                to="archive.almaaccount",
            ),
        ),
    ]
