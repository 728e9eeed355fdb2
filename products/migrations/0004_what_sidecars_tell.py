"""How far the sidecar of each MOUS is behind its rows: triggers count, whoever changes them and however."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# In the order of keys, so that two statements never wait for each other.
COUNT = r"""
CREATE FUNCTION products_count_changes(changed bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO products_sidecar AS s (mous_id, changes, changed_at, written, uid)
    SELECT DISTINCT m, 1, now(), 0, '' FROM unnest(changed) m WHERE m IS NOT NULL ORDER BY m
    ON CONFLICT (mous_id) DO UPDATE SET changes = s.changes + 1,
        changed_at = CASE WHEN s.changes > s.written THEN s.changed_at ELSE excluded.changed_at END;
$$;

CREATE FUNCTION products_count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM products_count_changes(array(SELECT DISTINCT mous_id FROM new_rows));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM products_count_changes(array(SELECT DISTINCT mous_id FROM old_rows o
            WHERE EXISTS (SELECT FROM archive_memberous m WHERE m.id = o.mous_id)));
    ELSE
        PERFORM products_count_changes(array(SELECT mous_id FROM new_rows UNION SELECT mous_id FROM old_rows));
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION products_count_of_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_count_changes(array(
        SELECT DISTINCT p.mous_id FROM new_rows n JOIN products_product p ON p.id = n.product_id));
    RETURN NULL;
END;
$$;

-- A run says all the time how far it is; only what it comes to is told.
CREATE FUNCTION products_count_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_count_changes(array(
        SELECT n.mous_id FROM new_rows n LEFT JOIN old_rows o USING (id)
        WHERE (n.mous_id, n.phase) IS DISTINCT FROM (o.mous_id, o.phase)));
    RETURN NULL;
END;
$$;

-- What decides who may have the data is told too: an index made again must not open what was closed.
CREATE FUNCTION products_count_mous() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_count_changes(array(
        SELECT n.id FROM new_rows n JOIN old_rows o USING (id) JOIN products_sidecar s ON s.mous_id = n.id
        WHERE to_jsonb(n) IS DISTINCT FROM to_jsonb(o)));
    RETURN NULL;
END;
$$;

CREATE FUNCTION products_count_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_count_changes(array(
        SELECT m.id FROM new_rows n JOIN old_rows o USING (id) JOIN archive_groupous g ON g.project_id = n.id
            JOIN archive_memberous m ON m.gous_id = g.id JOIN products_sidecar s ON s.mous_id = m.id
        WHERE (n.code, n.confidential, n.pi_id) IS DISTINCT FROM (o.code, o.confidential, o.pi_id)));
    RETURN NULL;
END;
$$;
"""
NEW, OLD = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"
TRIGGERS = [
    ("products_product", "INSERT", NEW, "products_count_rows"),
    ("products_product", "UPDATE", f"{OLD} {NEW}", "products_count_rows"),
    ("products_product", "DELETE", OLD, "products_count_rows"),
    ("products_cubeslot", "INSERT", NEW, "products_count_rows"),
    ("products_cubeslot", "UPDATE", f"{OLD} {NEW}", "products_count_rows"),
    ("products_cubeslot", "DELETE", OLD, "products_count_rows"),
    ("products_blocks", "INSERT", NEW, "products_count_of_products"),
    ("products_blocks", "UPDATE", NEW, "products_count_of_products"),
    ("products_preview", "INSERT", NEW, "products_count_of_products"),
    ("products_preview", "UPDATE", NEW, "products_count_of_products"),
    ("products_preview", "DELETE", OLD.replace("old_rows", "new_rows"), "products_count_of_products"),
    ("products_previewing", "INSERT", NEW, "products_count_of_products"),
    ("products_previewing", "UPDATE", NEW, "products_count_of_products"),
    ("products_ingestrun", "UPDATE", f"{OLD} {NEW}", "products_count_runs"),
    ("archive_memberous", "UPDATE", f"{OLD} {NEW}", "products_count_mous"),
    ("archive_project", "UPDATE", f"{OLD} {NEW}", "products_count_projects"),
]
FUNCTIONS = (
    "products_count_rows()", "products_count_of_products()", "products_count_runs()", "products_count_mous()",
    "products_count_projects()", "products_count_changes(bigint[])",
)  # fmt: skip


CREATE = "\n".join(
    f"CREATE TRIGGER sidecar_after_{event.lower()} AFTER {event} ON {table} REFERENCING {tables}"
    f" FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
    for table, event, tables, function in TRIGGERS
)
DROP = "\n".join(f"DROP TRIGGER sidecar_after_{event.lower()} ON {table};" for table, event, *_ in TRIGGERS)
# What is here already is to be told, by the workers.
ALL_DUE = "SELECT products_count_changes(array(SELECT DISTINCT mous_id FROM products_product))"


class Migration(migrations.Migration):
    dependencies = [("archive", "0017_letters_of_arrivals"), ("products", "0003_previews_of_images")]

    operations = [
        migrations.CreateModel(
            name="Sidecar",
            fields=[
                (
                    "mous",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="sidecar",
                        serialize=False,
                        to="archive.memberous",
                    ),
                ),
                ("changes", models.BigIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("written", models.BigIntegerField(default=0, help_text="changes that the object tells of")),
                ("written_at", models.DateTimeField(blank=True, null=True)),
                (
                    "uid",
                    models.CharField(
                        blank=True, help_text="of the MOUS when it was written: the object's name", max_length=64
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("changes__gt", models.F("written"))),
                        fields=["changed_at"],
                        name="sidecar_due",
                    )
                ],
            },
        ),
        migrations.RunSQL(COUNT, "\n".join(f"DROP FUNCTION {name};" for name in FUNCTIONS)),
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL(ALL_DUE, migrations.RunSQL.noop),
    ]
