"""A trigger keeps the history of requests as it was written, also against who types SQL."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION restores_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The history of a request is append-only: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON restores_phasechange
    FOR EACH ROW EXECUTE FUNCTION restores_history_is_append_only();
"""
ALLOW = """
DROP TRIGGER history_is_append_only ON restores_phasechange;
DROP FUNCTION restores_history_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("restores", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
