"""Regions are kept as they are: to compress numbers takes longer than to write and read them, for a sixth of the room."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("archive", "0023_what_a_load_is_known_by")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE archive_footprint ALTER COLUMN region SET STORAGE EXTERNAL",
            "ALTER TABLE archive_footprint ALTER COLUMN region SET STORAGE EXTENDED",
        ),
    ]
