"""What the address of a list in the admin may ask for: what its filters name, and never a column that no page shows."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.urls import reverse

from archive.staff import Role
from tests import make, people

pytestmark = pytest.mark.django_db
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
COLUMNS = [
    (model, field)
    for model in REGISTERED
    for field in model._meta.concrete_fields
    if field.name not in admin.site._registry[model].list_filter
]
HOW = ("", "__exact", "__startswith", "__isnull", "__id__exact")


@pytest.fixture
def chief():
    return people.client(make.user("chief", is_staff=True, is_superuser=True))


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize(("model", "field"), COLUMNS, ids=lambda each: getattr(each, "__name__", None) or each.name)
def test_no_column_is_asked_for_by_address_that_no_filter_names(model, field, chief):
    asked = [f"{name}{how}" for name in {field.name, field.attname} for how in HOW]

    answers = {chief.get(list_of(model), {lookup: "1"}).status_code for lookup in asked}

    assert answers == {400}


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        ("auth/user", "password__startswith"),
        ("auth/user", "groups__permissions__codename"),
        ("products/product", "mous__gous__project__title__startswith"),
        ("products/product", "header__OBJECT"),
        ("archive/almaaccount", "projects"),
        ("archive/notice", "decision__reason__startswith"),
        ("restores/request", "report__last_words__contains"),
        ("restores/request", "phase__gt"),
        ("restores/quota", "person__password__startswith"),
    ],
)
def test_no_other_way_leads_to_what_is_not_shown(path, lookup, chief):
    assert chief.get(f"/admin/{path}/", {lookup: "1"}).status_code == 400


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_the_filters_and_the_order_of_a_list_work(model, chief):
    make.restorable_mous()
    make.staff("reducer", Role.DATA_REDUCER)
    page = chief.get(list_of(model))
    links = {unescape(link) for link in re.findall(r'href="(\?[^"]+)"', page.content.decode())}

    answers = {link: chief.get(list_of(model) + link).status_code for link in links | {"?o=-1", "?all=", "?p=1"}}

    assert set(answers.values()) == {200}, answers
    assert len(links) > 1 or not admin.site._registry[model].list_filter
