"""A cube is taken back, and its place with it."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from archive.models import MemberOUS
from archive.staff import Role
from products import slots, withdraw
from products.models import CubeSlot, Product, ProductChange
from tests import make, people

REQUEST = uuid.UUID("6f0c8a52-0000-4000-8000-000000000001")


@pytest.fixture
def holder(db):
    return make.user("holder")


@pytest.fixture
def cube(holder):
    source = make.source(make.mous())
    made = {"origin": "imaged", "role": "user_cube", "source": source, "mode": "cube", "request_id": REQUEST}
    head = make.product(source.mous, "cube.pbcor.fits", layer="pbcor", **made)
    make.product(source.mous, "cube.pb.fits", layer="pb", companion_of=head, **made)
    slots.reserve(source, request_id=REQUEST, by=holder)
    slots.bind(REQUEST, head)
    return head


def test_the_holder_takes_the_cube_back_with_its_companions(cube, holder):
    withdraw.withdraw(cube, by=holder, reason="wrong rest frequency")

    assert not Product.objects.filter(withdrawn_at=None).exists()
    assert cube.withdrawn_reason == "wrong rest frequency"
    assert set(Product.objects.values_list("withdrawn_by", flat=True)) == {holder.pk}
    assert not CubeSlot.objects.exists()
    assert slots.reserve(cube.source, request_id=uuid.uuid4(), by=make.user("next"))


def test_staff_may_and_others_may_not(cube):
    with pytest.raises(withdraw.NotYoursToWithdrawError):
        withdraw.withdraw(cube, by=make.user("stranger"), reason="envy")
    assert CubeSlot.objects.exists()

    withdraw.withdraw(cube, by=make.staff("staff", Role.ARCHIVE_SCIENTIST), reason="asked by e-mail")

    assert not CubeSlot.objects.exists()


def test_failing_quality_assurance_is_for_staff_alone(cube, holder):
    with pytest.raises(withdraw.NotYoursToWithdrawError):
        withdraw.fail_qa(cube, by=holder, reason="ugly")

    withdraw.fail_qa(cube, by=make.staff("staff", Role.ARCHIVE_SCIENTIST), reason="divergence")

    assert cube.withdrawn_reason == "failed quality assurance: divergence"
    assert not CubeSlot.objects.exists()


def test_a_companion_goes_with_its_cube_and_not_alone(cube, holder):
    companion = Product.objects.get(layer="pb")

    with pytest.raises(withdraw.CompanionError, match=r"belongs to cube\.pbcor\.fits"):
        withdraw.withdraw(companion, by=make.staff("staff", Role.ARCHIVE_SCIENTIST), reason="x")


def test_twice_is_said_and_does_not_free_the_place_of_the_next(cube, holder):
    withdraw.withdraw(cube, by=holder, reason="first")
    with pytest.raises(withdraw.AlreadyWithdrawnError):
        withdraw.withdraw(cube, by=holder, reason="again")
    slots.reserve(cube.source, request_id=uuid.uuid4(), by=holder)

    with pytest.raises(withdraw.AlreadyWithdrawnError):
        withdraw.withdraw(cube, by=make.staff("staff", Role.ARCHIVE_SCIENTIST), reason="second")

    assert CubeSlot.objects.count() == 1


def test_the_holder_brings_back_what_she_withdrew_with_its_companions_and_its_place(cube, holder):
    withdraw.withdraw(cube, by=holder, reason="wrong rest frequency")

    withdraw.bring_back(cube, by=holder, reason="it was right after all")

    assert not Product.objects.exclude(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="").exists()
    slot = CubeSlot.objects.get()
    assert (slot.product, slot.holder, slot.request_id) == (cube, holder, REQUEST)


def test_what_was_done_stays_written_down(cube, holder):
    scientist = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    withdraw.withdraw(cube, by=holder, reason="wrong line")
    withdraw.bring_back(cube, by=scientist, reason="asked by letter")
    withdraw.fail_qa(cube, by=scientist, reason="divergence")

    said = list(ProductChange.objects.values_list("what", "by__username", "holder__username", "reason"))

    assert said == [
        ("withdrawn", "holder", "holder", "wrong line"),
        ("brought back", "astrid", "holder", "asked by letter"),
        ("withdrawn", "astrid", "holder", "failed quality assurance: divergence"),
    ]


@pytest.mark.parametrize(
    "verb", ["UPDATE products_productchange SET reason = 'x'", "DELETE FROM products_productchange"]
)
def test_what_was_done_is_changed_by_nobody(cube, holder, verb):
    withdraw.withdraw(cube, by=holder, reason="wrong line")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(verb)


def test_what_staff_took_back_staff_bring_back(cube, holder):
    withdraw.fail_qa(cube, by=make.staff("astrid", Role.ARCHIVE_SCIENTIST), reason="divergence")

    for person in (holder, make.user("stranger"), make.staff("reducer", Role.DATA_REDUCER)):
        assert not withdraw.may_bring_back(cube, person)
        with pytest.raises(withdraw.NotYoursToBringBackError):
            withdraw.bring_back(cube, by=person, reason="I want it")
    withdraw.bring_back(cube, by=make.staff("wega", Role.ARCHIVE_SCIENTIST), reason="the check was wrong")

    assert CubeSlot.objects.get().holder == holder


def test_a_cube_does_not_come_back_where_another_has_its_place(cube, holder):
    withdraw.withdraw(cube, by=holder, reason="wrong line")
    slots.reserve(cube.source, request_id=uuid.uuid4(), by=make.user("next"))

    with pytest.raises(slots.CubeExistsError):
        withdraw.bring_back(cube, by=holder, reason="right after all")

    cube.refresh_from_db()
    assert cube.withdrawn_at
    assert CubeSlot.objects.get().holder.username == "next"


def test_a_version_that_was_superseded_comes_back_without_a_place(cube, holder):
    scientist = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    Product.objects.update(superseded_at=make.NOW)
    CubeSlot.objects.all().delete()
    withdraw.withdraw(cube, by=scientist, reason="wrong fluxes")

    withdraw.bring_back(cube, by=scientist, reason="the paper needs it")

    assert cube.withdrawn_at is None
    assert not CubeSlot.objects.exists()


def test_what_is_not_withdrawn_or_not_made_here_or_gone_is_not_brought_back(cube, holder):
    scientist = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    delivered = make.product(cube.mous, "notes.txt")
    with pytest.raises(withdraw.NotWithdrawnError):
        withdraw.bring_back(cube, by=holder, reason="x")
    withdraw.withdraw(delivered, by=scientist, reason="wrong file")
    with pytest.raises(withdraw.NotMadeHereError):
        withdraw.bring_back(delivered, by=scientist, reason="x")
    withdraw.withdraw(cube, by=holder, reason="wrong line")
    with pytest.raises(withdraw.CompanionError):
        withdraw.bring_back(Product.objects.get(layer="pb"), by=scientist, reason="x")
    with pytest.raises(withdraw.ReasonMissingError):
        withdraw.bring_back(cube, by=holder, reason=" ")

    withdraw.let_go(cube.pk, cube.withdrawn_at + timedelta(days=31))

    with pytest.raises(withdraw.NotHereAnyMoreError, match="has been removed"):
        withdraw.bring_back(cube, by=holder, reason="too late")


def test_who_withdrew_a_cube_before_there_was_a_history_brings_it_back(cube, holder):
    Product.objects.update(withdrawn_at=make.NOW, withdrawn_by=holder, withdrawn_reason="wrong line")
    CubeSlot.objects.all().delete()
    cube.refresh_from_db()

    withdraw.bring_back(cube, by=holder, reason="right after all")

    assert CubeSlot.objects.get().holder == holder


def test_the_database_lets_go_of_nothing_that_is_handed_out(cube):
    with pytest.raises(IntegrityError, match="what_is_removed_was_withdrawn"), transaction.atomic():
        Product.objects.update(removed_at=make.NOW)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_nothing_is_withdrawn_without_a_reason(cube, holder, reason):
    with pytest.raises(withdraw.ReasonMissingError):
        withdraw.withdraw(cube, by=holder, reason=reason)

    assert CubeSlot.objects.exists()


def test_who_withdrew_it_is_told_to_nobody_outside(cube, client):
    MemberOUS.objects.update(release_at=make.LONG_AGO)
    withdraw.withdraw(cube, by=make.staff("astrid", Role.ARCHIVE_SCIENTIST), reason="wrong flux scale")

    detail = client.get(reverse("api-product", args=[cube.pk]))
    file = client.get(reverse("product-file", args=[cube.pk]))

    assert file.status_code == 410
    assert b"wrong flux scale" in detail.content
    assert b"wrong flux scale" in file.content
    assert b"astrid" not in detail.content + file.content


@pytest.mark.parametrize("role", people.EVERYBODY)
def test_that_a_file_is_gone_is_said_to_those_who_could_have_had_it(cube, role):
    withdraw.withdraw(cube, by=make.staff("astrid", Role.ARCHIVE_SCIENTIST), reason="wrong flux scale")
    caller = people.client(people.cast(cube.mous)[role])

    answer = caller.get(reverse("product-file", args=[cube.pk]))

    assert answer.status_code == {"anonymous": 401}.get(role, 410 if role in people.ENTITLED else 403)
    assert (b"wrong flux scale" in answer.content) is (role in people.ENTITLED)


def test_staff_withdraw_from_the_command_line(cube, capsys):
    make.staff("astrid", Role.ARCHIVE_SCIENTIST)

    call_command("withdraw", str(cube.pk), reason="divergence", by="astrid", qa_fail=True)

    cube.refresh_from_db()
    assert (cube.withdrawn_by.username, cube.withdrawn_reason) == ("astrid", "failed quality assurance: divergence")
    assert not CubeSlot.objects.exists()
    assert "cube.pbcor.fits" in capsys.readouterr().out


def test_the_api_withdraws_and_brings_back(cube, holder):
    caller, address = people.client(holder), reverse("api-withdrawal", args=[cube.pk])
    reason = {"data": {"reason": "wrong line"}, "content_type": "application/json"}

    assert caller.post(address, {}, content_type="application/json").status_code == 400
    gone = caller.post(address, **reason)
    assert (gone.status_code, gone.json()["removed_at"]) == (200, None)
    assert gone.json()["withdrawn_at"]
    again = caller.post(address, **reason)  # her place is gone, and with it her right, but that is not what is wrong
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already-withdrawn")
    back = caller.delete(address, **reason)
    assert (back.status_code, back.json()["withdrawn_at"]) == (200, None)
    assert caller.delete(address, **reason).json()["error"]["code"] == "not-withdrawn"


def test_the_page_of_a_withdrawn_cube_has_the_button_for_who_may_bring_it_back(cube, holder):
    withdraw.withdraw(cube, by=holder, reason="wrong line")
    page, button = reverse("product-page", args=[cube.pk]), f"Bring back {cube.name}"
    stranger, owner = people.client(make.user("stranger")), people.client(holder)

    assert button in owner.get(page).content.decode()
    assert button not in stranger.get(page).content.decode()
    refused = stranger.post(reverse("bring-back", args=[cube.pk]), {"reason": "envy"})
    assert refused.status_code == 403
    done = owner.post(reverse("bring-back", args=[cube.pk]), {"reason": "right after all"}, follow=True)

    assert "is handed out again" in done.content.decode()
    assert button not in done.content.decode()
    assert CubeSlot.objects.get().product == cube


def test_the_page_of_a_cube_has_the_button_for_who_may_withdraw_it(cube, holder):
    page, button = reverse("product-page", args=[cube.pk]), f"Withdraw {cube.name}"
    stranger, owner = people.client(make.user("stranger")), people.client(holder)
    scientist = people.client(make.staff("astrid", Role.ARCHIVE_SCIENTIST))

    for reader, offered in ((owner, True), (scientist, True), (stranger, False)):
        assert (button in reader.get(page).content.decode()) == offered
    for other in (cube.companions.get(), make.product(cube.mous, "delivered.fits")):
        assert "Withdraw this cube" not in scientist.get(reverse("product-page", args=[other.pk])).content.decode()
    address = reverse("withdraw-product", args=[cube.pk])
    assert stranger.post(address, {"reason": "envy"}).status_code == 403
    assert owner.post(address, {"reason": " "}).status_code == 400
    assert CubeSlot.objects.get().product == cube

    done = owner.post(address, {"reason": "wrong line"}, follow=True).content.decode()

    assert f"{cube.name} was withdrawn." in done
    assert button not in done
    assert f"Bring back {cube.name}" in done
    assert not CubeSlot.objects.exists()


def test_staff_bring_back_from_the_command_line(cube, holder, capsys):
    make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    withdraw.withdraw(cube, by=holder, reason="wrong line")

    call_command("bring_back", str(cube.pk), reason="asked by letter", by="astrid")

    assert "cube.pbcor.fits of" in capsys.readouterr().out
    assert CubeSlot.objects.get().holder == holder
    with pytest.raises(CommandError, match="is not withdrawn"):
        call_command("bring_back", str(cube.pk), reason="again", by="astrid")


@pytest.mark.parametrize(
    ("product", "by", "word"),
    [
        (None, "stranger", "only by archive scientists"),
        (None, "nobody", "no active account"),
        (REQUEST, "stranger", "no product"),
    ],
)
def test_the_command_refuses_with_a_sentence(cube, product, by, word):
    make.user("stranger")

    with pytest.raises(CommandError, match=word):
        call_command("withdraw", str(product or cube.pk), reason="envy", by=by)

    assert CubeSlot.objects.exists()
