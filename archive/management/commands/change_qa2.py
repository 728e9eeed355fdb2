"""`manage.py change_qa2 UID STATE --by NAME --reason TEXT`: another result of quality assurance."""

from archive import decide, find
from archive.management.deciding import Decision


class Command(Decision):
    help = "Change the QA2 state of a MOUS."

    def add_names(self, parser):
        parser.add_argument("uid", metavar="UID", help="of the MOUS, in any spelling")
        parser.add_argument("state", metavar="STATE", help="PASS, SEMIPASS or FAIL")

    def decide(self, names, **why):
        made = decide.change_qa2(find.mous_on_server(names["uid"]), names["state"], **why)
        return f"The QA2 state of {made.mous.uid} is {made.after}; it was {made.before}."
