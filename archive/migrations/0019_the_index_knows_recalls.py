"""The copies of the release time in the index say that a recalled MOUS is never public, until the recall is undone.

So search asks of a recall what it asks already, and joins nothing.  The release time itself stays in the row of the MOUS.
"""

from django.db import migrations, models

KNOW = r"""
CREATE FUNCTION archive_public_from(release_at timestamptz, recalled_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN recalled_at IS NULL THEN release_at ELSE timestamptz '3000-01-01T00:00:00Z' END $$;

CREATE OR REPLACE FUNCTION archive_index_follows_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_observation o SET release_at = archive_public_from(n.release_at, n.recalled_at),
        qa2 = archive_qa2_number(n.qa2_state), "array" = archive_array_number(n."array"), gous_id = n.gous_id
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE o.mous_id = n.id AND (n.release_at, n.recalled_at, n.qa2_state, n."array", n.gous_id)
          IS DISTINCT FROM (b.release_at, b.recalled_at, b.qa2_state, b."array", b.gous_id);
    RETURN NULL;
END;
$$;
CREATE OR REPLACE FUNCTION archive_tallies_follow_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_tally t SET release_at = archive_public_from(n.release_at, n.recalled_at),
        qa2 = archive_qa2_number(n.qa2_state), "array" = archive_array_number(n."array"), gous_id = n.gous_id
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE t.mous_id = n.id AND (n.release_at, n.recalled_at, n.qa2_state, n."array", n.gous_id)
          IS DISTINCT FROM (b.release_at, b.recalled_at, b.qa2_state, b."array", b.gous_id);
    RETURN NULL;
END;
$$;

UPDATE archive_observation o SET release_at = archive_public_from(m.release_at, m.recalled_at)
FROM archive_memberous m WHERE m.id = o.mous_id AND m.recalled_at IS NOT NULL;
UPDATE archive_tally t SET release_at = archive_public_from(m.release_at, m.recalled_at)
FROM archive_memberous m WHERE m.id = t.mous_id AND m.recalled_at IS NOT NULL;
"""
FORGET = r"""
CREATE OR REPLACE FUNCTION archive_index_follows_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_observation o SET release_at = n.release_at, qa2 = archive_qa2_number(n.qa2_state),
        "array" = archive_array_number(n."array"), gous_id = n.gous_id
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE o.mous_id = n.id AND (n.release_at, n.qa2_state, n."array", n.gous_id)
          IS DISTINCT FROM (b.release_at, b.qa2_state, b."array", b.gous_id);
    RETURN NULL;
END;
$$;
CREATE OR REPLACE FUNCTION archive_tallies_follow_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_tally t SET release_at = n.release_at, qa2 = archive_qa2_number(n.qa2_state),
        "array" = archive_array_number(n."array"), gous_id = n.gous_id
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE t.mous_id = n.id AND (n.release_at, n.qa2_state, n."array", n.gous_id)
          IS DISTINCT FROM (b.release_at, b.qa2_state, b."array", b.gous_id);
    RETURN NULL;
END;
$$;
UPDATE archive_observation o SET release_at = m.release_at
FROM archive_memberous m WHERE m.id = o.mous_id AND m.recalled_at IS NOT NULL;
UPDATE archive_tally t SET release_at = m.release_at
FROM archive_memberous m WHERE m.id = t.mous_id AND m.recalled_at IS NOT NULL;
DROP FUNCTION archive_public_from(timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0018_recalled_mous")]

    operations = [
        migrations.RunSQL(KNOW, FORGET),
        migrations.AddIndex(
            "memberous",
            models.Index(fields=["gous"], condition=models.Q(recalled_at__isnull=False), name="recalled_mous"),
        ),
    ]
