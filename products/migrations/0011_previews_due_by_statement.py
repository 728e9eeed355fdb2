"""New rows make their previews due together: row by row each would count a change of the same sidecar, which in one
transaction takes the longer the more there were."""

from django.db import migrations

_IMAGE = r"""{0}header ? 'data_offset' AND {0}name ~ '\.fits(\.gz)?$' AND {0}layer NOT IN
        ('pb', 'flux', 'mask', 'weight', 'psf', 'sumwt', 'model', 'residual')"""
TOGETHER = rf"""
CREATE FUNCTION products_new_previews_are_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO products_previewing AS p (product_id)
    SELECT n.id FROM new_rows n WHERE {_IMAGE.format("n.")} ORDER BY n.id
    ON CONFLICT (product_id) DO UPDATE SET tries = 0, problem = '' WHERE p.made_at IS NULL;
    RETURN NULL;
END;
$$;
DROP TRIGGER previews_are_due ON products_product;
CREATE TRIGGER previews_are_due AFTER UPDATE OF header, key ON products_product
    FOR EACH ROW WHEN ({_IMAGE.format("NEW.")}) EXECUTE FUNCTION products_previews_are_due();
CREATE TRIGGER new_previews_are_due AFTER INSERT ON products_product
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION products_new_previews_are_due();
"""  # noqa: S608 (a condition of ours)
ONE_BY_ONE = rf"""
DROP TRIGGER new_previews_are_due ON products_product;
DROP TRIGGER previews_are_due ON products_product;
CREATE TRIGGER previews_are_due AFTER INSERT OR UPDATE OF header, key ON products_product
    FOR EACH ROW WHEN ({_IMAGE.format("NEW.")}) EXECUTE FUNCTION products_previews_are_due();
DROP FUNCTION products_new_previews_are_due();
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0010_what_was_let_go_is_not_read")]

    operations = [migrations.RunSQL(TOGETHER, ONE_BY_ONE)]
