"""What commands of decisions share: who decides and why, names that have to exist, and refusals in a sentence.

Who may type these commands is told apart by the host, not by a password; what an account may decide is judged as
everywhere.  A project is named by its whole code, a confidential one too: nobody finds it here who does not know it.
"""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archive.errors import ArchiveError
from archive.refusals import UnknownPersonError


class Decision(BaseCommand):
    """A command says its own arguments in `add_names` and does its work in `decide`, which gives the line to print."""

    def add_arguments(self, parser):
        self.add_names(parser)
        parser.add_argument("--by", required=True, metavar="NAME", help="account that answers for it")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="a sentence that stays with the decision")

    def handle(self, *, by, reason, **names):
        try:
            line = self.decide(names, by=person(by), reason=reason, now=timezone.now())
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        self.stdout.write(line)


def person(name):
    found = get_user_model().objects.filter(username=name).first()
    if found is None:
        raise UnknownPersonError(name)
    return found
