"""More of what makes a first load slow and helps nobody: indexes for questions that begin with a part of a text, which
nobody asks of these texts; a check of the MOUS of each announced block, which the load has just looked up; and what the
planner learns of columns that no question asks for.
"""

import django.db.models.deletion
from django.db import migrations, models

# Made by Django with each unique text
NEVER_ASKED = {
    "archive_targetname_name_f5627429_like": "archive_targetname (name text_pattern_ops)",
    "archive_announcedblock_uid_0904e391_like": "archive_announcedblock (uid varchar_pattern_ops)",
    "archive_memberous_uid_4bba50c0_like": "archive_memberous (uid varchar_pattern_ops)",
    "archive_groupous_uid_336c244d_like": "archive_groupous (uid varchar_pattern_ops)",
}
# What is shown of a row, and what it is known by
SHOWN = (
    "row_key", "fingerprint", "last_modified", "spw", "ra_deg", "dec_deg", "x", "y", "z", "fov_deg", "frequency_hz",
    "resolving_power", "bandwidth_hz", "channels", "largest_scale_arcsec", "pwv_mm", "exposure_s", "t_resolution_s",
    "calib_level", "product_type", "science", "mosaic", "qa2_passed", "size_kbyte", "s_xel1", "s_xel2", "setup_id",
)  # fmt: skip


def learned(target):
    columns = ", ".join(f"ALTER COLUMN {name} SET STATISTICS {target}" for name in SHOWN)
    return f"ALTER TABLE archive_observation {columns}"


class Migration(migrations.Migration):
    dependencies = [("archive", "0021_a_first_load_in_less_time")]

    operations = [
        migrations.AlterField(
            "announcedblock",
            "mous",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="announced_blocks",
                to="archive.memberous",
            ),
        ),
        migrations.RunSQL(
            [f"DROP INDEX IF EXISTS {name}" for name in NEVER_ASKED],
            [f"CREATE INDEX {name} ON {on}" for name, on in NEVER_ASKED.items()],
        ),
        migrations.RunSQL(learned(0), learned(-1)),
    ]
