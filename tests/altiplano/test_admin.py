"""What staff see and may do by hand: each role its own, little, nothing that rewrites history, nothing hidden."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from archive import decide
from archive.models import AlmaAccount, Decision, Finding, Invitation, MemberOUS, Project
from archive.staff import Role
from products.models import Product
from restores.models import PhaseChange, Request
from tests import make, people

pytestmark = pytest.mark.django_db
# The flat index, which search shows: tens of millions of rows, and texts that rows share
INDEX = {"AnnouncedBlock", "Footprint", "Observation", "Setup", "SkyCount", "Tally", "TargetName"}
OURS = [model for app in ("archive", "products", "restores") for model in apps.get_app_config(app).get_models()
        if model.__name__ not in INDEX]  # fmt: skip
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
EDITABLE = {"Quota"}
DESCRIPTIONS = {"Project", "GroupOUS", "MemberOUS", "ExecutionBlock", "SpectralWindow", "Source", "CalibrationDelivery",
                "Product", "Blocks", "Preview", "Previewing", "Sidecar", "StaffAssignment", "Decision",
                "Seal"}  # fmt: skip
WORK = {"CubeSlot", "Request", "RestoreDetails", "ImagingDetails", "PhaseChange"}
FINDINGS = {"Finding", "ProblemReport"}
SEEN = {
    Role.OPERATOR: DESCRIPTIONS | WORK | FINDINGS
    | {"Bundle", "Load", "IngestRun", "ProductChange", "Staged", "Notice", "ProcrastinateJob", "Quota"},
    Role.DATA_REDUCER: DESCRIPTIONS | FINDINGS,
    Role.ARCHIVE_SCIENTIST: DESCRIPTIONS
    | FINDINGS
    | {"Load", "IngestRun", "Bundle", "ProductChange"}
    | {"Notice", "AlmaAccount", "Delegation", "Invitation", "AccessRecord"},
    Role.ADMINISTRATOR: DESCRIPTIONS
    | {"Notice", "AlmaAccount", "Delegation", "Invitation", "ApiToken", "User", "EmailAddress", "SocialAccount"}
    | {"Quota"},
}  # fmt: skip


@pytest.fixture
def chief():
    return people.client(make.user("chief", is_staff=True, is_superuser=True))


def list_of(model, page="changelist"):
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"


def test_every_model_has_a_list_for_staff(chief):
    make.restorable_mous()

    assert [model for model in OURS if chief.get(reverse(list_of(model))).status_code != 200] == []


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_what_is_its_own(role):
    client = people.client(make.staff("someone", role))

    seen = {model.__name__ for model in REGISTERED if client.get(reverse(list_of(model))).status_code == 200}

    assert seen == SEEN[role]


@pytest.mark.parametrize("role", [*Role, "superuser"])
def test_nothing_is_added_deleted_or_edited_around_the_verbs(role, rf):
    request = rf.get("/")
    chief = {"is_staff": True, "is_superuser": True}
    request.user = make.user("chief", **chief) if role == "superuser" else make.staff("someone", role)

    open_to_edits = {
        model.__name__
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request) or page.has_change_permission(request)
    }

    assert open_to_edits == (EDITABLE if role in {"superuser", Role.ADMINISTRATOR} else set())
    assert not [page for page in admin.site._registry.values() if page.has_delete_permission(request)]


def test_an_account_of_staff_without_a_role_sees_nothing():
    assert people.client(make.user("looker", is_staff=True)).get(reverse("admin:index")).status_code == 403


@pytest.fixture
def hidden():
    """One row of everything in a confidential project; another project is open, so that no list is empty by chance."""
    mous, pi = make.restorable_mous(pi=make.user("pi"), code="2023.1.00777.S"), make.user("pi")
    scientist = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    decide.change_qa2(mous, "FAIL", by=scientist, reason="spectral lines", now=make.NOW)
    decide.assign(mous.project, make.staff("rita", Role.DATA_REDUCER), by=scientist, reason="QA", now=make.NOW)
    make.delegation(mous.project, make.user("lyra"), by=pi)
    offer = {"invited_by": pi, "valid_until": make.NOW, "secret_sha256": "0" * 64, "address": "guest@example.org"}
    Invitation.objects.create(project=mous.project, **offer)
    Finding.objects.create(mous=mous, code="x", sentence="y")
    Request.objects.create(kind="restore", mous=mous, calibration=mous.calibration, owner=pi, casa_version=make.CASA)
    make.restorable_mous("uid://A001/X7/X8", code="2023.1.00999.S", pi=make.user("other_pi"))
    Project.objects.filter(pk=mous.project.pk).update(confidential=True, title="Quasar Zanzibar")
    return mous


def test_a_confidential_project_is_in_no_list_on_no_page_and_never_found(hidden, chief):
    """The superuser stands for all: rows are left out in one way for everybody who has no access."""
    told = re.compile("2023.1.00777.S|X3621|Zanzibar|guest@|A001_X541")
    leaks = []
    for model in REGISTERED:
        pages = [reverse(list_of(model, "change"), args=[row.pk]) for row in model.objects.all()[:4]]
        leaks += [page for page in (reverse(list_of(model)), *pages) if told.search(chief.get(page).content.decode())]
        if admin.site._registry[model].search_fields:
            assert chief.get(reverse(list_of(model)), {"q": "2023.1.00777.S"}).context["cl"].result_count == 0

    assert not leaks


def test_who_is_assigned_sees_the_confidential_project(hidden):
    answer = people.client(make.user("rita")).get(reverse(list_of(MemberOUS)))

    assert hidden.uid in answer.content.decode()


def test_no_number_leads_to_a_hidden_page(hidden, chief):
    address = reverse("admin:view_on_site", args=[ContentType.objects.get_for_model(Project).pk, hidden.project.pk])

    answer = chief.get(address)

    assert answer.status_code == 405
    assert b"2023.1" not in answer.content


@pytest.mark.parametrize(("facts", "found"), [("no-pi", 1), ("no-release", 1), ("no-qa2", 0)])
def test_staff_find_what_lacks_facts(chief, facts, found):
    make.mous()

    answer = chief.get(reverse("admin:archive_memberous_changelist"), {"facts": facts})

    assert answer.context["cl"].result_count == found


def test_staff_find_the_files_whose_names_nobody_knows(chief):
    mous = make.mous()
    make.product(mous, "strange.dat", role="other", marks=["unrecognised"])
    make.product(mous, "README.txt", role="readme", marks=["blank"])

    shown = chief.get("/admin/products/product/?name_is=unrecognised").content.decode()

    assert "strange.dat" in shown
    assert "README.txt" not in shown


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


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DATA_REDUCER, Role.ADMINISTRATOR])
def test_only_archive_scientists_withdraw(role):
    product = make.product(make.mous(), "cube.fits")

    answer = withdrawal(people.client(make.staff("looker", role)), product, reason="wrong flux scale")

    assert answer.status_code == 200
    assert not Product.objects.exclude(withdrawn_at=None).exists()


@pytest.mark.parametrize(("role", "may"), [(Role.OPERATOR, True), (Role.DATA_REDUCER, False)])
def test_findings_are_settled_by_who_sees_to_them(role, may):
    made = Finding.objects.create(mous=make.mous(), code="file-missing", sentence="x.tar is not there")

    people.client(make.staff("someone", role)).post(
        reverse(list_of(Finding)), {"action": "settle", "_selected_action": [made.pk]}
    )

    assert bool(Finding.objects.get().settled_at) is may


def test_users_who_are_not_staff_do_not_get_in():
    assert people.client(make.user("stranger")).get(reverse("admin:index")).status_code in {302, 403}


@pytest.mark.parametrize("role", Role)
def test_decisions_about_people_and_alma_accounts_are_for_who_sees_the_rights(role):
    hidden, free = AlmaAccount.objects.create(name="hidden-pi"), AlmaAccount.objects.create(name="free-name")
    Project.objects.create(code="2023.1.00077.S", title="x", confidential=True, pi=hidden)
    for reason, account in (("of a role", None), ("of one", free), ("not you", hidden)):
        Decision.objects.create(about=Decision.About.ACCOUNT, reason=reason, alma_account=account)

    page = people.client(make.staff("someone", role)).get(reverse(list_of(Decision))).content.decode()

    told = {reason for reason in ("of a role", "of one", "not you") if reason in page}
    assert told == ({"of a role", "of one"} if role in {Role.ARCHIVE_SCIENTIST, Role.ADMINISTRATOR} else set())


def test_what_casa_said_last_is_not_shown_to_staff_who_may_not_have_the_data():
    mous = make.restorable_mous()
    facts = {"kind": Request.Kind.RESTORE, "owner": make.user("vega"), "calibration": mous.calibration}
    failed = {
        "phase": "ERROR",
        "ended_at": make.NOW,
        "error_code": "casa-crashed",
        "error_sentence": "SEVERE peak of 3 Jy",
    }
    request = Request.objects.create(mous=mous, casa_version=make.CASA, **facts, **failed)
    change = PhaseChange.objects.create(request=request, phase="ERROR", note="SEVERE peak of 3 Jy")
    client = people.client(make.staff("operator", Role.OPERATOR))
    pages = [
        client.get(reverse(list_of(model, page), args=args))
        for model, row in ((Request, request), (PhaseChange, change))
        for page, args in (("changelist", []), ("change", [row.pk]))
    ]

    assert [page.status_code for page in pages] == [200] * 4
    assert [page for page in pages if "3 Jy" in page.content.decode()] == []
