"""What was withdrawn and let go is out of the rotation of checks, and of its index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("products", "0009_products_that_nobody_has_read"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="product",
            name="product_rotation",
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("checked_at"),
                models.F("id"),
                condition=models.Q(
                    ("quarantined_at", None),
                    ("removed_at", None),
                    models.Q(("withdrawn_at", None), ("expires_at", None), _connector="OR"),
                ),
                include=("size",),
                name="product_rotation",
            ),
        ),
    ]
