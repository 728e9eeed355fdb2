"""`manage.py bring_back PRODUCT_ID --reason TEXT --by NAME`: hand a withdrawn image out again."""

from products import withdraw
from products.deciding_face import DecidingCommand


class Command(DecidingCommand):
    help = "Bring back an image that was withdrawn, while its file is here and its place is free."
    kept = "kept in the history"
    done = "is handed out again"

    def verb(self, options):
        return withdraw.bring_back
