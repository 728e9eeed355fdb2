"""Tallies are counted again with what they tell of their rows, and follow what is decided as the rows do."""

from django.db import migrations

FOLLOW = r"""
CREATE FUNCTION archive_tallies_follow_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_tally t SET confidential = n.confidential, code_order = n.code_order
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE t.code_order = b.code_order AND t.project_id = n.id
      AND (n.confidential, n.code_order) IS DISTINCT FROM (b.confidential, b.code_order);
    RETURN NULL;
END;
$$;
CREATE TRIGGER tallies_follow_projects AFTER UPDATE ON archive_project
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION archive_tallies_follow_projects();

CREATE FUNCTION archive_tallies_follow_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_tally t SET release_at = n.release_at, qa2 = archive_qa2_number(n.qa2_state),
        "array" = archive_array_number(n."array"), gous_id = n.gous_id
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE t.mous_id = n.id AND (n.release_at, n.qa2_state, n."array", n.gous_id)
          IS DISTINCT FROM (b.release_at, b.qa2_state, b."array", b.gous_id);
    RETURN NULL;
END;
$$;
CREATE TRIGGER tallies_follow_mous AFTER UPDATE ON archive_memberous
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION archive_tallies_follow_mous();

CREATE FUNCTION archive_tallies_follow_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_tally t SET project_id = p.id, code_order = p.code_order, confidential = p.confidential
    FROM archive_project p WHERE p.id = NEW.project_id AND t.gous_id = NEW.id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER tallies_follow_groups AFTER UPDATE OF project_id ON archive_groupous
    FOR EACH ROW EXECUTE FUNCTION archive_tallies_follow_groups();

CREATE FUNCTION archive_tallies_follow_calibrations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_tally t SET calibration = archive_calibration_number(
        (SELECT kind FROM archive_calibrationdelivery c WHERE c.mous_id = t.mous_id AND c.current))
    WHERE t.mous_id = coalesce(NEW.mous_id, OLD.mous_id);
    RETURN NULL;
END;
$$;
CREATE TRIGGER tallies_follow_calibrations AFTER INSERT OR DELETE OR UPDATE OF kind, current, mous_id
    ON archive_calibrationdelivery FOR EACH ROW EXECUTE FUNCTION archive_tallies_follow_calibrations();

SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM archive_tally;
INSERT INTO archive_tally (mous_id, gous_id, bands, release_at, rows, intents, confidential, project_id, code_order, qa2,
    "array", calibration, low_hz_least, low_hz_most, t_min_mjd_least, t_min_mjd_most, resolution_arcsec_least,
    resolution_arcsec_most)
SELECT mous_id, gous_id, bands, release_at, count(*), bit_or(intents), bool_or(confidential), min(project_id),
    min(code_order), min(qa2), min("array"), min(calibration), min(low_hz), max(low_hz), min(t_min_mjd), max(t_min_mjd),
    min(resolution_arcsec), max(resolution_arcsec)
FROM archive_observation GROUP BY mous_id, gous_id, bands, release_at ORDER BY min(code_order);
"""
LET_GO = """
DROP TRIGGER tallies_follow_calibrations ON archive_calibrationdelivery;
DROP TRIGGER tallies_follow_groups ON archive_groupous;
DROP TRIGGER tallies_follow_mous ON archive_memberous;
DROP TRIGGER tallies_follow_projects ON archive_project;
DROP FUNCTION archive_tallies_follow_calibrations();
DROP FUNCTION archive_tallies_follow_groups();
DROP FUNCTION archive_tallies_follow_mous();
DROP FUNCTION archive_tallies_follow_projects();
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0015_tallies_tell_of_their_rows")]

    operations = [migrations.RunSQL(FOLLOW, LET_GO)]
