"""Triggers that keep logs as they were written, the table of the shared cache, and the roles of staff.

The lock that a record takes is shared, so records never wait for each other; who seals a minute takes it alone, and
then knows that no record of an earlier time can still come.
"""

from django.core.management import call_command
from django.db import migrations

APPEND_ONLY = ("archive_accessrecord", "archive_seal", "archive_decision")
REFUSE = """
CREATE FUNCTION archive_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE FUNCTION archive_access_record_gets_its_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7301001);
    NEW.at := clock_timestamp();
    RETURN NEW;
END;
$$;
CREATE TRIGGER access_record_gets_its_time BEFORE INSERT ON archive_accessrecord
    FOR EACH ROW EXECUTE FUNCTION archive_access_record_gets_its_time();
""" + "".join(
    f"""
CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION archive_is_append_only();
"""
    for table in APPEND_ONLY
)
ALLOW = (
    "".join(f"DROP TRIGGER is_append_only ON {table};\n" for table in APPEND_ONLY)
    + """
DROP TRIGGER access_record_gets_its_time ON archive_accessrecord;
DROP FUNCTION archive_access_record_gets_its_time();
DROP FUNCTION archive_is_append_only();
"""
)
ROLES = ("operator", "data reducer", "archive scientist", "administrator")


def make_cache_table(apps, schema_editor):
    call_command("createcachetable", "altiplano_cache", database=schema_editor.connection.alias, verbosity=0)


def make_roles(apps, schema_editor):
    for name in ROLES:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("archive", "0002_rights_history_and_tokens"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
