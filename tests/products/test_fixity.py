"""Every byte is read again in time; what is wrong is handed to nobody, and staff hear of it."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from archive.models import Finding
from products import fixity
from products.models import Product
from products.store import open_store
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_bucket")]


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


def aged(mous, name, days, content=b"0123456789"):
    product = make.product(mous, name, content=content)
    Product.objects.filter(pk=product.pk).update(checked_at=timezone.now() - timedelta(days=days))
    return product


def damage(product):
    open_store().keep(product.key, b"x" * product.size)


def lose(product):
    open_store().delete(product.key)


def shorten(product):
    open_store().keep(product.key, b"x")


def test_what_was_not_read_for_longest_is_read_first(mous):
    new, old, older = (aged(mous, name, days) for name, days in (("new", 1), ("old", 50), ("older", 80)))

    checked = fixity.check(budget=20)

    assert (checked.objects, checked.bytes, checked.bad) == (2, 20, [])
    recent = timezone.now() - timedelta(hours=1)
    assert set(Product.objects.filter(checked_at__gt=recent)) == {old, older}
    assert fixity.oldest() == Product.objects.get(pk=new.pk).checked_at


def test_nothing_is_read_twice_however_large_the_budget(mous):
    aged(mous, "a", 1)

    assert fixity.check(budget=10**12).objects == 1


def test_the_portions_of_the_allowed_days_are_all_bytes(mous, settings):
    settings.FIXITY_DAYS = 90
    for number in range(10):
        aged(mous, str(number), 1, content=bytes(100_000))

    portions = timedelta(days=90) / fixity.PORTION

    assert portions * fixity.portion(timezone.now()) >= 10 * 100_000


@pytest.mark.parametrize(
    ("harm", "code"), [(damage, "digest-differs"), (lose, "object-missing"), (shorten, "size-differs")]
)
def test_a_bad_object_is_quarantined_told_to_staff_and_refused(client, mous, harm, code):
    product = aged(mous, "image.fits", 80)
    harm(product)

    assert [found for _, found, _ in fixity.check().bad] == [code]

    answer = client.get(reverse("product-file", args=[product.pk]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "quarantined")
    assert Finding.objects.filter(code=code, subject=str(product.pk), settled_at=None).count() == 1
    assert fixity.check().objects == 0


def test_what_is_wrong_still_is_not_released(mous):
    product = aged(mous, "a", 80)
    damage(product)
    fixity.check()

    with pytest.raises(CommandError, match="stays quarantined"):
        call_command("release_quarantine", str(product.pk), reason="looks fine")


def test_what_is_right_again_is_released_and_its_reason_kept(client, mous):
    product = aged(mous, "a", 80)
    damage(product)
    fixity.check()
    open_store().keep(product.key, b"0123456789")  # from a backup of the store

    call_command("release_quarantine", str(product.pk), reason="restored from tape")

    product.refresh_from_db()
    assert product.quarantined_at is None
    assert "SHA-256" in product.quarantine_reason
    assert "restored from tape" in product.quarantine_reason
    assert not Finding.objects.filter(settled_at=None).exists()
    assert client.get(reverse("product-file", args=[product.pk])).status_code in {200, 302}


def test_a_file_that_is_not_quarantined_needs_no_release(mous):
    with pytest.raises(CommandError, match="is not quarantined"):
        call_command("release_quarantine", str(aged(mous, "a", 1).pk), reason="x")


@pytest.mark.parametrize("nobody", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_the_release_of_nothing_is_a_sentence(nobody):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("release_quarantine", nobody, reason="x")


def test_the_command_tells_how_old_the_oldest_check_is(mous, capsys):
    aged(mous, "a", 30)
    aged(mous, "b", 40)

    call_command("check_fixity", budget=0)

    assert "The oldest check is 30 days old" in capsys.readouterr().out
