"""A footprint stays in its row, if only it fits into a page: to cut it into pieces of 2 kB, as every fifth one would be,
takes a load and a search longer than to write and read it as it is.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("archive", "0024_regions_as_they_are")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE archive_footprint SET (toast_tuple_target = 8160)",
            "ALTER TABLE archive_footprint RESET (toast_tuple_target)",
        ),
    ]
