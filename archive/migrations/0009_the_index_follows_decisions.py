"""Triggers that keep the flat index in step with what is decided about projects, MOUSs and calibrations.

`code_order` is that of `archive.codes.order`; a project with another code than ALMA's sorts before all others, by its
key.
"""

from django.db import migrations

KEEP = r"""
CREATE FUNCTION archive_code_order(code text, id bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    letters text := rpad(substr(code, 14), 4, '@');
    call text := substr(code, 6, 1);
BEGIN
    IF code !~ '^20[0-9][0-9]\.[0-9A-Z]\.[0-9]{5}\.[A-Z]{1,4}$' THEN
        RETURN -id;
    END IF;
    RETURN (((substr(code, 1, 4)::bigint - 2000) * 36
             + CASE WHEN call ~ '[0-9]' THEN call::int ELSE ascii(call) - 55 END) * 100000
            + substr(code, 8, 5)::bigint) * 531441
           + (((ascii(substr(letters, 1, 1)) - 64) * 27 + ascii(substr(letters, 2, 1)) - 64) * 27
              + ascii(substr(letters, 3, 1)) - 64) * 27 + ascii(substr(letters, 4, 1)) - 64;
END;
$$;

CREATE FUNCTION archive_project_gets_its_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.code_order := archive_code_order(NEW.code, NEW.id);
    RETURN NEW;
END;
$$;
CREATE TRIGGER project_gets_its_order BEFORE INSERT OR UPDATE OF code, code_order ON archive_project
    FOR EACH ROW EXECUTE FUNCTION archive_project_gets_its_order();
UPDATE archive_project SET code_order = 0;

CREATE FUNCTION archive_index_follows_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_observation o SET confidential = n.confidential, code_order = n.code_order
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE o.code_order = b.code_order AND o.project_id = n.id
      AND (n.confidential, n.code_order) IS DISTINCT FROM (b.confidential, b.code_order);
    RETURN NULL;
END;
$$;
CREATE TRIGGER index_follows_projects AFTER UPDATE ON archive_project
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION archive_index_follows_projects();

CREATE FUNCTION archive_qa2_number(state text) RETURNS smallint LANGUAGE sql IMMUTABLE AS
$$ SELECT (CASE state WHEN 'PASS' THEN 1 WHEN 'SEMIPASS' THEN 2 WHEN 'FAIL' THEN 3 ELSE 0 END)::smallint $$;
CREATE FUNCTION archive_array_number(name text) RETURNS smallint LANGUAGE sql IMMUTABLE AS
$$ SELECT (CASE name WHEN '12m' THEN 1 WHEN '7m' THEN 2 WHEN 'TP' THEN 4 ELSE 0 END)::smallint $$;
CREATE FUNCTION archive_calibration_number(kind text) RETURNS smallint LANGUAGE sql IMMUTABLE AS
$$ SELECT (CASE kind WHEN 'pipeline' THEN 1 WHEN 'manual' THEN 2 ELSE 0 END)::smallint $$;

CREATE FUNCTION archive_index_follows_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_observation o SET release_at = n.release_at, qa2 = archive_qa2_number(n.qa2_state),
        "array" = archive_array_number(n."array"), gous_id = n.gous_id
    FROM new_rows n JOIN old_rows b USING (id)
    WHERE o.mous_id = n.id AND (n.release_at, n.qa2_state, n."array", n.gous_id)
          IS DISTINCT FROM (b.release_at, b.qa2_state, b."array", b.gous_id);
    RETURN NULL;
END;
$$;
CREATE TRIGGER index_follows_mous AFTER UPDATE ON archive_memberous
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION archive_index_follows_mous();

CREATE FUNCTION archive_index_follows_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE archive_observation o
    SET project_id = NEW.project_id, code_order = p.code_order, confidential = p.confidential
    FROM archive_project p
    WHERE p.id = NEW.project_id
      AND (o.mous_id IN (SELECT id FROM archive_memberous WHERE gous_id = NEW.id)
           OR (o.gous_id = NEW.id AND o.mous_id IS NULL));
    RETURN NULL;
END;
$$;
CREATE TRIGGER index_follows_groups AFTER UPDATE OF project_id ON archive_groupous
    FOR EACH ROW WHEN (NEW.project_id IS DISTINCT FROM OLD.project_id)
    EXECUTE FUNCTION archive_index_follows_groups();

CREATE FUNCTION archive_index_follows_calibrations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of bigint := coalesce(NEW.mous_id, OLD.mous_id);
BEGIN
    UPDATE archive_observation SET calibration = archive_calibration_number(
        (SELECT kind FROM archive_calibrationdelivery WHERE mous_id = of AND current)) WHERE mous_id = of;
    RETURN NULL;
END;
$$;
CREATE TRIGGER index_follows_calibrations AFTER INSERT OR DELETE OR UPDATE OF kind, current, mous_id
    ON archive_calibrationdelivery FOR EACH ROW EXECUTE FUNCTION archive_index_follows_calibrations();
"""
LET_GO = """
DROP TRIGGER index_follows_calibrations ON archive_calibrationdelivery;
DROP TRIGGER index_follows_groups ON archive_groupous;
DROP TRIGGER index_follows_mous ON archive_memberous;
DROP TRIGGER index_follows_projects ON archive_project;
DROP TRIGGER project_gets_its_order ON archive_project;
DROP FUNCTION archive_index_follows_calibrations();
DROP FUNCTION archive_index_follows_groups();
DROP FUNCTION archive_index_follows_mous();
DROP FUNCTION archive_index_follows_projects();
DROP FUNCTION archive_project_gets_its_order();
DROP FUNCTION archive_calibration_number(text);
DROP FUNCTION archive_array_number(text);
DROP FUNCTION archive_qa2_number(text);
DROP FUNCTION archive_code_order(text, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("archive", "0008_the_index_of_search")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
