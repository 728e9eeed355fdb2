"""`manage.py recall UID --by NAME --reason TEXT [--undo]`: take back a MOUS that was wrongly delivered."""

from django.template.defaultfilters import pluralize

from archive import find, recall
from archive.management.deciding import Decision


class Command(Decision):
    help = "Block the data of a wrongly delivered MOUS at once, and tell whoever took some; or undo that."

    def add_names(self, parser):
        parser.add_argument("uid", metavar="UID", help="of the MOUS, in any spelling")
        parser.add_argument("--undo", action="store_true", help="hand its data out again")

    def decide(self, names, **why):
        verb = recall.undo if names["undo"] else recall.recall
        made = verb(find.mous_on_server(names["uid"]), **why)
        takers = recall.takers(made.mous).count()
        return f"{made.mous.uid} is {made.after}; {takers} account{pluralize(takers)} took some of its data."
