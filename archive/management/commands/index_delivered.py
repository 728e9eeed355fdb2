"""`manage.py index_delivered`: the rows of the index that come from deliveries, also of what was ingested before."""

from django.core.management.base import BaseCommand

from archive import cycle_zero, delivered_rows
from archive.models import MemberOUS


class Command(BaseCommand):
    help = "Write, mend or take away the rows of the index that come from deliveries. Twice changes nothing."

    def handle(self, *args, **options):
        for mous in cycle_zero.adopt():
            self.stdout.write(f"{mous.delivery_id} is {mous.uid}.")
        delivered = MemberOUS.objects.exclude(delivery_state=MemberOUS.Delivery.ANNOUNCED).order_by("pk")
        changed = [mous.uid for mous in delivered.iterator() if delivered_rows.refresh(mous)]
        for uid in changed:
            self.stdout.write(uid)
        self.stdout.write(f"{len(changed)} MOUSs changed, {delivered.count() - len(changed)} were as they should be.")
