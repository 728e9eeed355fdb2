"""`manage.py set_quota USER --running N --queued N --reason TEXT [--by NAME]`: requests that one person may have."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archive.errors import ArchiveError
from restores import quotas


class Command(BaseCommand):
    help = "Set how many requests of one person may run, and how many may wait, at once."

    def add_arguments(self, parser):
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--running", type=_number, required=True, metavar="N")
        parser.add_argument("--queued", type=_number, required=True, metavar="N")
        parser.add_argument("--reason", required=True, help="a sentence that stands with the quota")
        parser.add_argument("--by", metavar="NAME", help="the administrator who answers for it")

    def handle(self, **options):
        person = _account(options["user"])
        by = _account(options["by"]) if options["by"] else None
        said = {name: options[name] for name in ("running", "queued", "reason")}
        try:
            made = quotas.give(person, **said, by=by, now=timezone.now())
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        self.stdout.write(f"{made}.")


def _number(text):
    if not (text.isascii() and text.isdigit() and int(text) <= 32767):
        raise CommandError(f"{text!r} is no number of requests: give one from 0 to 32767.")
    return int(text)


def _account(name):
    found = get_user_model().objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"There is no account {name!r}.")
    return found
