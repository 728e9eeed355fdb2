"""TRUNCATE passes by the trigger of rows; a trigger of the statement refuses it too."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER is_never_emptied BEFORE TRUNCATE ON restores_phasechange
    FOR EACH STATEMENT EXECUTE FUNCTION restores_history_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("restores", "0003_quotas")]

    operations = [migrations.RunSQL(REFUSE, "DROP TRIGGER is_never_emptied ON restores_phasechange")]
