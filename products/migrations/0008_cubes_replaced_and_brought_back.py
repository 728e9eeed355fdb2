"""A cube that is to be replaced, one that was withdrawn and comes back, and what was done with products, for ever."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# As that of requests (restores 0002 and 0004); sidecars tell of it (0004).
TRIGGERS = """
CREATE FUNCTION products_changes_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was done with products is append-only: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON products_productchange
    FOR EACH ROW EXECUTE FUNCTION products_changes_are_append_only();
CREATE TRIGGER is_never_emptied BEFORE TRUNCATE ON products_productchange
    FOR EACH STATEMENT EXECUTE FUNCTION products_changes_are_append_only();
CREATE TRIGGER sidecar_after_insert AFTER INSERT ON products_productchange REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION products_count_of_products();
"""
NO_TRIGGERS = """
DROP TRIGGER sidecar_after_insert ON products_productchange;
DROP TRIGGER is_never_emptied ON products_productchange;
DROP TRIGGER history_is_append_only ON products_productchange;
DROP FUNCTION products_changes_are_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("archive", "0018_recalled_mous"),
        ("products", "0007_the_rotation_of_checks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProductChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("superseded", "Superseded"),
                            ("withdrawn", "Withdrawn"),
                            ("brought back", "Brought Back"),
                            ("removed", "Removed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="cubeslot",
            name="next_at",
            field=models.DateTimeField(blank=True, help_text="when that was asked for", null=True),
        ),
        migrations.AddField(
            model_name="cubeslot",
            name="next_holder",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cubeslot",
            name="next_reason",
            field=models.TextField(blank=True, help_text="why it is replaced: becomes that of the version"),
        ),
        migrations.AddField(
            model_name="cubeslot",
            name="next_request_id",
            field=models.UUIDField(blank=True, help_text="what it makes replaces the cube", null=True, unique=True),
        ),
        migrations.AddField(
            model_name="product",
            name="removed_at",
            field=models.DateTimeField(blank=True, help_text="since when its object may be gone", null=True),
        ),
        migrations.AddConstraint(
            model_name="cubeslot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_at", None), ("next_holder", None), ("next_reason", ""), ("next_request_id", None)),
                    models.Q(
                        ("next_at__isnull", False),
                        ("next_holder__isnull", False),
                        ("next_request_id__isnull", False),
                        ("product__isnull", False),
                        models.Q(("next_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="what_is_replaced_is_there_and_the_next_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(("removed_at", None), ("withdrawn_at__isnull", False), _connector="OR"),
                name="what_is_removed_was_withdrawn",
            ),
        ),
        migrations.AddField(
            model_name="productchange",
            name="by",
            field=models.ForeignKey(
                blank=True,
                help_text="empty: the archive",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="productchange",
            name="holder",
            field=models.ForeignKey(
                blank=True,
                help_text="of its place then",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="productchange",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="products.product"
            ),
        ),
        migrations.AddConstraint(
            model_name="productchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("what", "removed"),
                    models.Q(("by__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="who_changes_a_product_says_why",
            ),
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
