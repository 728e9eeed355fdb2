"""`manage.py demo`: the main job on the embedded stack, to a downloaded cube.  Twice makes nothing twice."""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from altiplano.demo import daemons, holdings, people, telling, work
from altiplano.demo.ledger import Ledger
from altiplano.stack import layout, servers
from altiplano.stack.errors import StackError
from archive.errors import ArchiveError, TransientError


class Command(BaseCommand):
    needs_database = False
    help = "Start the stack, make and ingest a demo archive, restore, image, and leave the service running."
    requires_system_checks = ()

    def handle(self, *args, **options):
        self.console = Console()
        self.layout = layout.here()
        self.ledger = Ledger(_directory(self.layout) / "demo.json")
        try:
            self._start()
            self._fill()
            self._work()
        except (StackError, ArchiveError, TransientError) as error:
            raise CommandError(f"{error} {getattr(error, 'remedy', '')}".strip()) from error
        telling.tell(self.console, self.ledger.facts)

    def _start(self):
        with self._stage("start the servers"):
            servers.start(self.layout)
        with self._stage("migrate"):
            call_command("migrate", verbosity=0)
        with self._stage("start the web service and the worker"):
            self.ledger.note(accounts=people.ensure_people(self.ledger.facts.get("accounts", {})))
            daemons.start_web(self.layout)
            daemons.start_files(self.layout)
            daemons.start_worker(self.layout)
        self.ledger.note(url=daemons.site_url())

    def _fill(self):
        out = _directory(self.layout) / "demo"
        with self._stage("simulate three deliveries"):
            holdings.ensure_deliveries(out)
        with self._stage("ingest them"):
            holdings.ensure_ingested(out)
        with self._stage("load rows of ALMA's ObsCore table"):
            holdings.ensure_announced()
        uids, self.truth = holdings.by_preset(out), holdings.truth(out)
        people.ensure_assignment(self.truth[uids["proprietary"]]["project"])
        self.ledger.note(
            mous=uids,
            truth=self.truth,
            proprietary_product=str(holdings.science_product(uids["proprietary"]).pk),
            public_product=str(holdings.science_product(uids["public"]).pk),
        )

    def _work(self):
        api = work.Api(daemons.site_url(), self.ledger.facts["accounts"]["alma_pi"]["token"])
        uid = self.ledger.facts["mous"]["proprietary"]
        work.ensure_delegation(api, self.truth[uid]["project"], "delegee")
        self._request(api, "restore", "/api/restores/", {"mous": uid})
        self._request(api, "image", "/api/images/", work.image_order(uid, self.truth[uid]))

    def _request(self, api, kind, path, body):
        uid = self.ledger.facts["mous"]["proprietary"]
        if pk := work.finished(uid, kind):
            self.ledger.note(**{f"{kind}_request": pk})
            return
        with self._stage(f"{kind} with CASA"):
            pk = work.live(uid, kind) or api.post(path, body)["id"]
            self.ledger.note(**{f"{kind}_request": pk})
            work.follow(api, f"{path}{pk}/", kind)

    def _stage(self, name):
        self.console.print(f"[bold]{name}[/bold] ...")
        return self.ledger.stage(name)


def _directory(here) -> Path:
    here.var.mkdir(parents=True, exist_ok=True)
    (here.var / "mail").mkdir(mode=0o700, exist_ok=True)  # letters hold the secrets of invitations
    return here.var
