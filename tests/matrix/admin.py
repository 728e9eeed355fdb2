"""The rows of the admin: nobody but staff, each role what it works with, and nothing that is hidden from her.

A row that is hidden, or not there at all, leads back to the index.  Nothing is added, changed or deleted here.
"""

from archive.models import Decision, Finding, Load, ProblemReport, Seal
from products.models import ProductChange
from restores.models import PhaseChange
from tests import make
from tests.matrix import expected as told
from tests.matrix.expected import ALL, HIDDEN, LOG_IN, MOVED, NOBODY, STAFF, Row
from tests.matrix.world import PEOPLE, finish_cube, restore_of

SOME = [person for person in PEOPLE if person in {"anonymous", "PI", *STAFF}]  # the PI for all who are not staff
OUTER = ("anonymous", "PI", "operator", "superuser")
ASSIGNED = {"reducer"}
RIGHTS = {"scientist", "administrator", "superuser"}
QUEUE = {"operator", "superuser"}
ACCOUNTS = {"administrator", "superuser"}


def decision(place):
    facts = {"project": place.project, "reason": "x", "before": "a", "after": "b"}
    return Decision.objects.create(about=Decision.About.PI, **facts).pk


def finding(place):
    return Finding.objects.create(mous=place.mous, code="file-missing", sentence="x is not there").pk


def problem(place):
    return ProblemReport.objects.create(mous=place.mous, text="x is gone", snapshot={}, found=[]).pk


def load(place):
    return Load.objects.create(source="obscore.csv").pk


def change(place):
    return PhaseChange.objects.create(request=place.requests["PI"], phase="QUEUED").pk


def withdrawal(place):
    facts = {"product": place.file, "what": "withdrawn", "by": place.requests["PI"].owner, "reason": "x"}
    return ProductChange.objects.create(**facts).pk


def seal(place):
    return Seal.objects.create(minute=make.NOW, records=0, last_record=0, sha256="0" * 64).pk


def nothing(place):
    return 999_999_999


# model: who may look, what can be looked at in a place, and whether that is hidden with its project
MODELS = {
    "archive_project": (STAFF, lambda place: place.project.pk, True),
    "archive_groupous": (STAFF, lambda place: place.mous.gous.pk, True),
    "archive_memberous": (STAFF, lambda place: place.mous.pk, True),
    "archive_executionblock": (STAFF, lambda place: place.mous.ebs.first().pk, True),
    "archive_spectralwindow": (STAFF, lambda place: place.mous.ebs.first().spws.first().pk, True),
    "archive_source": (STAFF, lambda place: place.mous.sources.first().pk, True),
    "archive_calibrationdelivery": (STAFF, lambda place: place.mous.calibration.pk, True),
    "archive_staffassignment": (STAFF, lambda place: place.project.assignments.first().pk, True),
    "archive_decision": (STAFF, decision, True),
    "archive_seal": (STAFF, seal, False),
    "archive_finding": (STAFF - {"administrator"}, finding, True),
    "archive_problemreport": (STAFF - {"administrator"}, problem, True),
    "archive_load": ({"operator", "scientist", "superuser"}, load, False),
    "archive_almaaccount": (RIGHTS, nothing, True),
    "archive_delegation": (RIGHTS, lambda place: place.delegation.pk, True),
    "archive_invitation": (RIGHTS, lambda place: place.invitation.pk, True),
    "archive_notice": (RIGHTS | QUEUE, nothing, True),
    "archive_accessrecord": ({"scientist", "superuser"}, nothing, True),
    "archive_apitoken": (ACCOUNTS, nothing, True),
    "products_product": (STAFF, lambda place: place.file.pk, True),
    "products_blocks": (STAFF, nothing, True),
    "products_bundle": ({"operator", "scientist", "superuser"}, nothing, True),
    "products_ingestrun": ({"operator", "scientist", "superuser"}, nothing, True),
    "products_productchange": ({"operator", "scientist", "superuser"}, withdrawal, True),
    "products_sidecar": (STAFF, nothing, True),
    "products_staged": ({"operator", "superuser"}, nothing, True),
    "products_preview": (STAFF, lambda place: place.file.previews.first().pk, True),
    "products_previewing": (STAFF, nothing, True),
    "products_cubeslot": (QUEUE, lambda place: finish_cube(place.requests["PI"]).slot.pk, True),
    "restores_request": (QUEUE, lambda place: place.requests["PI"].pk, True),
    "restores_imagingdetails": (QUEUE, lambda place: place.requests["PI"].pk, True),
    "restores_restoredetails": (QUEUE, lambda place: restore_of(place, place.requests["PI"].owner).pk, True),
    "restores_phasechange": (QUEUE, change, True),
    "restores_quota": (QUEUE | ACCOUNTS, nothing, True),
    "auth_user": (ACCOUNTS, nothing, True),
    "account_emailaddress": (ACCOUNTS, nothing, True),
    "socialaccount_socialaccount": (ACCOUNTS, nothing, True),
    "procrastinate_procrastinatejob": (QUEUE, nothing, True),
}


def rows_of(model, viewers, find, hides):
    """Of a history Django looks for the row before it asks who may see it: hidden means absent, to all staff."""
    nobody, closed = (NOBODY, LOG_IN), told.staff(403)
    there = MOVED if find is nothing else 200
    hidden = MOVED if hides else there
    seen = [
        (("proprietary",), [nobody, (viewers, there), (ALL, 403)]),
        (HIDDEN, [nobody, (viewers & ASSIGNED, there), (viewers, hidden), (ALL, 403)]),
    ]
    absent = [] if there == 200 else [(STAFF, MOVED)]
    history = [
        (("proprietary",), [nobody, (viewers, there), *absent, (ALL, 403)]),
        (
            HIDDEN,
            [nobody, (viewers & ASSIGNED, there), (ASSIGNED, there if absent else 403), (STAFF, hidden), (ALL, 403)],
        ),
    ]
    if not hides:
        history = seen
    listed = told.staff(200, viewers)
    once = {"prepare": lambda case: [find(case.place)], "people": SOME}
    twice = once | {"states": ("proprietary", "confidential")}
    return {
        f"admin:{model}_changelist": [Row({"GET": listed, "POST": listed}, people=SOME)],
        f"admin:{model}_add": [Row({"GET": closed, "POST": closed}, people=OUTER)],
        f"admin:{model}_change": [Row({"GET": seen}, **twice), Row({"POST": closed}, **once | {"people": OUTER})],
        f"admin:{model}_history": [
            Row({"GET": history}, **twice),
            Row({"POST": history}, **once | {"states": ["confidential"]}),
        ],
        f"admin:{model}_delete": [Row({"GET": closed, "POST": closed}, **once | {"people": OUTER})],
    }


DOOR = told.staff(200)
ADMIN = {name: row for model, facts in MODELS.items() for name, row in rows_of(model, *facts).items()} | {
    # The one thing that is written here
    "admin:restores_quota_add": [Row(dict.fromkeys(("GET", "POST"), told.staff(200, ACCOUNTS)), people=SOME)],
    "admin:restores_quota_change": [
        Row(
            {"GET": told.staff(MOVED, QUEUE | ACCOUNTS), "POST": told.staff(MOVED, ACCOUNTS)},
            lambda place: [nothing(place)],
            people=SOME,
        )
    ],
    "admin:index": [Row({"GET": DOOR, "POST": DOOR})],
    "admin:app_list": [Row({"GET": DOOR, "POST": DOOR}, lambda place: ["archive"])],
    "admin:jsi18n": [Row({"GET": DOOR, "POST": told.staff(405)})],
    "admin:login": [
        Row(
            {
                "GET": told.everywhere((NOBODY, LOG_IN), (STAFF, MOVED), (ALL, 403)),
                "HEAD": told.everywhere((NOBODY, LOG_IN), (STAFF, 200), (ALL, 403)),
            }
        )
    ],
    "admin:logout": [Row({"GET": told.staff(405), "POST": told.staff(MOVED)})],
    "admin:password_change": [Row({"GET": told.staff(MOVED), "POST": told.staff(MOVED)})],
    "admin:password_change_done": [Row({"GET": DOOR})],
    "admin:autocomplete": [Row({"GET": told.staff(403), "POST": told.staff(405)})],
    "admin:view_on_site": [Row({}, lambda place: [1, place.project.pk])],
    "admin:django.views.generic.base.RedirectView": [
        Row({"GET": told.staff(MOVED), "POST": told.staff(MOVED)}, path="/admin/archive/project/1/")
    ],
    "admin:django.contrib.admin.sites.AdminSite.catch_all_view": [
        Row({"GET": told.staff(404), "POST": told.staff(404)}, path="/admin/nothing-here/")
    ],
}
