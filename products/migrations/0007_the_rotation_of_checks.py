"""An index in which whatever was not read for longest comes first; and a check alone makes no sidecar due."""

from django.db import migrations, models

# Of all that an update may change, only when a file was last read is told by no sidecar: it says so of every object
# within weeks.  What else changed is looked for where that did alone.
COUNT = r"""
CREATE FUNCTION products_count_changed_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_count_changes(array(
        SELECT unnest(ARRAY[n.mous_id, o.mous_id]) FROM new_rows n LEFT JOIN old_rows o USING (id)
        WHERE CASE WHEN n.checked_at IS NOT DISTINCT FROM o.checked_at THEN true
            ELSE to_jsonb(n) - 'checked_at' IS DISTINCT FROM to_jsonb(o) - 'checked_at' END));
    RETURN NULL;
END;
$$;
"""
TRIGGER = """
DROP TRIGGER sidecar_after_update ON products_product;
CREATE TRIGGER sidecar_after_update AFTER UPDATE ON products_product
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {}();
"""
FORWARD = COUNT + TRIGGER.format("products_count_changed_products")
BACK = TRIGGER.format("products_count_rows") + "DROP FUNCTION products_count_changed_products();"


class Migration(migrations.Migration):
    dependencies = [("products", "0006_bundles")]

    operations = [
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("checked_at"),
                models.F("id"),
                condition=models.Q(
                    ("quarantined_at", None),
                    models.Q(("withdrawn_at", None), ("expires_at", None), _connector="OR"),
                ),
                include=["size"],
                name="product_rotation",
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
