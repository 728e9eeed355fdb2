"""What staff may do by hand: little, and nothing that rewrites history."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from archive.models import Finding, StaffAssignment
from products.models import Product
from tests import make, people

pytestmark = pytest.mark.django_db
OURS = [model for app in ("archive", "products", "restores") for model in apps.get_app_config(app).get_models()]
EDITABLE = {"AlmaAccount", "Project", "Quota"}


@pytest.fixture
def chief():
    return people.client(make.user("chief", is_staff=True, is_superuser=True))


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_has_a_list_for_staff(chief, model):
    make.restorable_mous()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"

    assert chief.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_nobody_deletes_and_few_things_are_edited(model, rf):
    request = rf.get("/")
    request.user = make.user("chief", is_staff=True, is_superuser=True)
    registered = admin.site._registry[model]

    assert not registered.has_delete_permission(request)
    assert registered.has_change_permission(request) is (model.__name__ in EDITABLE)


@pytest.mark.parametrize(("facts", "found"), [("no-pi", 1), ("no-release", 1), ("no-qa2", 0)])
def test_staff_find_what_lacks_facts(chief, facts, found):
    make.mous()

    answer = chief.get(reverse("admin:archive_memberous_changelist"), {"facts": facts})

    assert answer.context["cl"].result_count == found


def test_an_assignment_needs_a_reason_and_keeps_who_made_it(chief):
    project, person = make.project(), make.user("scientist", is_staff=True)
    address = reverse("admin:archive_staffassignment_add")

    refused = chief.post(address, {"project": project.pk, "person": person.pk, "reason": ""})
    assert refused.context["adminform"].form.errors["reason"]

    chief.post(address, {"project": project.pk, "person": person.pk, "reason": "contact scientist"})
    assert StaffAssignment.objects.get().assigned_by.username == "chief"


def test_an_assignment_is_ended_and_kept(chief):
    made = StaffAssignment.objects.create(
        project=make.project(), person=make.user("scientist"), assigned_by=make.user("chief"), reason="QA2"
    )

    chief.post(reverse("admin:archive_staffassignment_changelist"), {"action": "end", "_selected_action": [made.pk]})

    assert StaffAssignment.objects.get().ended_at


def test_a_finding_is_settled_and_kept(chief):
    made = Finding.objects.create(mous=make.mous(), code="file-missing", sentence="x.tar was promised and is not there")

    chief.post(reverse("admin:archive_finding_changelist"), {"action": "settle", "_selected_action": [made.pk]})

    assert Finding.objects.get().settled_at
    listed = chief.get(reverse("admin:archive_finding_changelist"), {"state": "open"})
    assert listed.context["cl"].result_count == 0


def withdrawal(client, product, **sent):
    address = reverse("admin:products_product_changelist")
    return client.post(address, {"action": "withdraw", "_selected_action": [product.pk]} | sent, follow=True)


def test_staff_withdraw_a_product_for_a_reason(chief):
    product = make.product(make.mous(), "cube.fits")

    assert "no longer be handed out" in withdrawal(chief, product).content.decode()
    assert not Product.objects.exclude(withdrawn_at=None).exists()

    withdrawal(chief, product, reason="wrong flux scale", qa_fail="on")
    product.refresh_from_db()
    assert product.withdrawn_by.username == "chief"
    assert product.withdrawn_reason == "failed quality assurance: wrong flux scale"
    assert "was withdrawn before" in withdrawal(chief, product, reason="once more").content.decode()


def test_staff_who_may_only_look_do_not_withdraw():
    product = make.product(make.mous(), "cube.fits")
    looker = make.user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_product"))

    answer = withdrawal(people.client(looker), product, reason="wrong flux scale")

    assert answer.status_code == 200
    assert not Product.objects.exclude(withdrawn_at=None).exists()


def test_users_who_are_not_staff_do_not_get_in():
    assert people.client(make.user("stranger")).get(reverse("admin:index")).status_code == 302
