"""TRUNCATE passes by the triggers of rows; a trigger of the statement refuses it too."""

from django.db import migrations

APPEND_ONLY = ("archive_accessrecord", "archive_seal", "archive_decision")
REFUSE = "".join(
    f"""
CREATE TRIGGER is_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION archive_is_append_only();
"""
    for table in APPEND_ONLY
)
ALLOW = "".join(f"DROP TRIGGER is_never_emptied ON {table};\n" for table in APPEND_ONLY)


class Migration(migrations.Migration):
    dependencies = [("archive", "0005_decisions_on_delegations")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
