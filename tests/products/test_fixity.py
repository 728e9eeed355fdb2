"""Every byte is read again in time; what is wrong is handed to nobody, and staff hear of it."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from archive.models import Finding, Project
from archive.staff import Role
from products import fixity, sidecars
from products.models import Product
from products.store import open_store
from tests import make, people

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


def test_an_empty_file_holds_nothing_up(mous):
    aged(mous, "empty", 80, content=b"")
    aged(mous, "newer", 50)

    assert fixity.check(budget=100).objects == 2


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


def test_a_check_alone_makes_no_sidecar_due(mous):
    product = aged(mous, "a", 80)
    sidecars.flush_due()

    fixity.check()

    assert Product.objects.get(pk=product.pk).checked_at > timezone.now() - timedelta(hours=1)
    assert not sidecars.due().exists()


def test_what_a_check_finds_wrong_makes_it_due(mous):
    damage(aged(mous, "a", 80))
    sidecars.flush_due()

    fixity.check()

    assert sidecars.due().filter(mous=mous).exists()


def test_every_other_change_of_a_file_makes_it_due(mous):
    product, other = make.product(mous, "a"), make.mous("uid://A001/X9/X9", code="2023.1.00009.S")
    for change in ({"version_reason": "again"}, {"version_reason": "once more", "checked_at": timezone.now()}):
        sidecars.flush_due()
        Product.objects.filter(pk=product.pk).update(**change)
        assert sidecars.due().filter(mous=mous).exists()
    sidecars.flush_due()
    Product.objects.filter(pk=product.pk).update(mous=other)
    assert set(sidecars.due().values_list("mous", flat=True)) == {mous.pk, other.pk}


def test_the_next_to_be_read_is_found_by_an_index_and_so_is_how_much_there_is(mous):
    aged(mous, "a", 1)
    next_ones = fixity._rotating().filter(checked_at__lt=timezone.now()).order_by("checked_at", "pk")[:100]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "Index Scan using product_rotation" in next_ones.explain()
        assert "Sort" not in next_ones.explain()
        assert "Index Only Scan using product_rotation" in fixity._rotating().order_by().values("size").explain()


def test_what_is_taken_back_and_has_an_end_is_read_no_more(mous):
    product = aged(mous, "a", 80)
    Product.objects.filter(pk=product.pk).update(withdrawn_at=timezone.now(), withdrawn_reason="wrong")
    assert fixity.check().objects == 1

    Product.objects.filter(pk=product.pk).update(expires_at=timezone.now() + timedelta(days=7))
    assert fixity.check().objects == 0


def test_staff_see_how_old_the_oldest_check_is_and_what_is_behind(mous):
    operator = people.client(make.staff("omar", Role.OPERATOR))
    address = reverse("keeping")
    assert "there are no files" in operator.get(address).content.decode()

    aged(mous, "a", 30)
    aged(mous, "b", 100)
    page = operator.get(address).content.decode()

    assert "100 days old" in page
    assert "1 object, 10 B not read for more than 90 days" in page
    assert "<dd>2 objects, 20 B</dd>" in page


def test_what_is_hidden_is_not_counted(mous):
    aged(mous, "a", 1)
    operator = people.client(make.staff("omar", Role.OPERATOR))

    def told():
        return operator.get(reverse("keeping")).content.partition(b"<h1>")[2]

    before = told()
    aged(make.mous("uid://A001/X9/X9", code="2023.1.00009.S"), "b", 100)
    Project.objects.filter(code="2023.1.00009.S").update(confidential=True)

    assert told() == before


def test_the_machine_room_hears_that_checks_are_late_and_is_not_woken(client, mous):
    aged(mous, "a", 91)

    answer = client.get("/readyz")

    assert answer.json()["checks"] == {"oldest_days": 91, "late": True}
    assert answer.json()["parts"]["store"]["ok"]


def test_less_than_nothing_is_no_budget(db):
    with pytest.raises(CommandError, match="at least 0"):
        call_command("check_fixity", budget=-5)
