"""`manage.py preflight UID`: would a restore of this MOUS be accepted, and what would it take?

Without a name: what can the object store do?
"""

import json
import sys

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archive import find
from archive.errors import ArchiveError
from products import store_report
from restores import casa_versions, estimates, scratch
from restores.restorability import raw_bytes, refusals


class Command(BaseCommand):
    help = (
        "Say every reason against restoring a MOUS, or what a restore would do; without a MOUS, what the object store "
        "can do. Exit status 1 when refused, or when the store does not answer."
    )

    def add_arguments(self, parser):
        parser.add_argument("uid", nargs="?", help="uid of the MOUS, in any spelling")
        parser.add_argument("--user", metavar="NAME", help="judge access too, for this account")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, uid, user, **options):
        if not uid:
            self._store(user, options["json"])
            return
        try:
            mous = find.mous_on_server(uid)
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}") from error
        answer = preflight(mous, by=_person(user) if user else None)
        self.stdout.write(json.dumps(answer, indent=1) if options["json"] else _text(answer))
        if answer["refusals"]:
            sys.exit(1)

    def _store(self, user, as_json):
        if user:
            raise CommandError("--user judges access to a MOUS: name one.")
        report = store_report.make(timezone.now())
        told = {"store": report.found and report.found.told(), "warnings": report.warnings}
        self.stdout.write(json.dumps(told, indent=1) if as_json else _store_text(report))
        if report.found is None:
            sys.exit(1)


def _store_text(report):
    lines = [f"  {words}: {answer}" for words, answer in report.lines]
    return "\n".join([*(["The object store:"] if lines else []), *lines, *report.warnings])


def _person(name):
    person = get_user_model().objects.filter(username=name).first()
    if person is None:
        raise CommandError(f"There is no account {name!r}.")
    return person


def preflight(mous, *, by):
    against = refusals(mous, by=by, now=timezone.now())
    listed = [{"code": each.code, "sentence": str(each), "remedy": each.remedy} for each in against]
    return {"mous": mous.uid, "refusals": listed, "plan": None if against else _plan(mous)}


def _plan(mous):
    """What a restore would do; sizes in bytes, times in seconds."""
    delivery, size = mous.calibration, raw_bytes(mous)
    return {
        "execution_blocks": list(delivery.blocks),
        "raw_bytes": size,
        "scratch_bytes": estimates.restore_scratch(size),
        "scratch_room_bytes": scratch.room(),
        "delivered_with": delivery.casa_version,
        "casa_version": casa_versions.choose(delivery.casa_version, casa_versions.installed()),
        "seconds": round(estimates.restore_seconds(size)),
    }


def _text(answer):
    if answer["refusals"]:
        lines = [f"{each['code']}: {each['sentence']}\n    {each['remedy']}" for each in answer["refusals"]]
        return "\n".join([f"{answer['mous']} cannot be restored:", *lines])
    plan = answer["plan"]
    return "\n".join(
        [
            f"{answer['mous']} can be restored:",
            *(f"  {uid}" for uid in plan["execution_blocks"]),
            f"  raw data {plan['raw_bytes'] / 1e9:.2f} GB, scratch {plan['scratch_bytes'] / 1e9:.2f} GB; "
            f"{plan['scratch_room_bytes'] / 1e9:.0f} GB are free now, and it waits for them",
            f"  CASA {plan['casa_version']} (delivered with {plan['delivered_with']})",
            f"  about {plan['seconds'] / 3600:.1f} h",
        ]
    )
