"""`manage.py change_release UID TIME --by NAME --reason TEXT`: make data public at another time."""

from archive import decide, find
from archive.management.deciding import Decision


class Command(Decision):
    help = "Change when the data of a MOUS become public; TIME alma takes the change of staff back."

    def add_names(self, parser):
        parser.add_argument("uid", metavar="UID", help="of the MOUS, in any spelling")
        parser.add_argument("time", metavar="TIME", help="such as 2025-05-02T10:00:00Z, or alma")

    def decide(self, names, **why):
        time = None if names["time"] == "alma" else decide.moment(names["time"])
        made = decide.change_release(find.mous_on_server(names["uid"]), time, **why)
        return f"{made.mous.uid} is public from {made.after}; it was {made.before}."
