"""A workshop for tests of the engine: real worker processes, and a child program that stands in for CASA.

The stand-in obeys the contract of `restores/casa/run.py` (order in, progress, report out) in milliseconds and
misbehaves as `plan.json` beside it says.  Everything around it is the real thing.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from restores.launchers import local, processes
from restores.models import Request

CHILD = """#!{python}
import hashlib, json, os, pathlib, subprocess, sys, time
directory = pathlib.Path(sys.argv[-1])
plan = json.loads(pathlib.Path({plan!r}).read_text())
order = json.loads((directory / "order.json").read_text())
(directory / "casa.log").write_text("began\\n")
(directory / "seen.json").write_text(json.dumps(dict(os.environ)))

def put(name, content):
    draft = directory / ("." + name)
    draft.write_text(json.dumps(content))
    draft.rename(directory / name)

for helper in plan.get("helpers", []):
    subprocess.Popen(["sleep", "600"], start_new_session=helper == "in a session of its own")
for number in range(plan.get("stages", 3)):
    put("progress.json", {{"stage": f"stage {{number}}", "fraction": number / plan.get("stages", 3)}})
    time.sleep(plan.get("seconds", 0.05))
while "until" in plan and not pathlib.Path(plan["until"]).exists():
    time.sleep(0.02)
crashes = plan.get("crashes", 0)
if order["attempt"] <= crashes:
    with open(directory / "casa.log", "a") as log:
        log.write("2026-11-21 03:00:00\\tSEVERE\\tapplycal\\tTable gain.tbl has no rows\\n")
    sys.exit(1)
identity = {{key: order[key] for key in ("recipe", "request", "attempt", "casa_version")}}
told = {{"stages": [{{"name": "import", "seconds": 0.1}}], "warnings": []}}
if "error" in plan:
    put("report.json", {{**identity, **told, "error": plan["error"]}})
    sys.exit(2)
files = []
for eb in order["execution_blocks"]:
    ms = directory / "outputs" / (eb["name"] + ".ms")
    (ms / "ANTENNA").mkdir(parents=True)
    digest = hashlib.sha256((directory / eb["raw"]).read_bytes()).hexdigest()
    (ms / "table.dat").write_text(digest)
    (ms / "ANTENNA" / "table.f0").write_bytes(digest.encode() * plan.get("size", 2000))
    size = sum(path.stat().st_size for path in ms.rglob("*") if path.is_file())
    files.append({{"path": f"outputs/{{ms.name}}", "kind": "measurement_set", "eb": eb["uid"], "source": None,
                   "layer": None, "mode": None, "virtual_spws": [25, 27], "size": size, "sha256": None}})
put("report.json", {{**identity, **told, "facts": {{"rows": 10}}, "files": files}})
"""
# Answers quickly, so that a test of what happens after a death does not wait a minute for it: the lease of the dead
# ends at the next tick.  That of the living is long enough for a machine that is busy with other things.
QUICK = {"ALTIPLANO_LEASE_SECONDS": "30", "ALTIPLANO_TICK_CRON": "* * * * * */1", "ALTIPLANO_STOP_SECONDS": "10"}


class Workshop:
    def __init__(self, place: Path):
        self.casa_dir = place / "casa"
        self.scratch = place / "scratch"
        self.logs = place / "worker.log"
        self.mails = place / "mails"
        self.workers = []
        self._plan = place / "plan.json"
        python = self.casa_dir / "6.7.0.31" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(CHILD.format(python=sys.executable, plan=str(self._plan)))
        python.chmod(0o755)
        self.plan()

    def plan(self, **plan):
        self._plan.write_text(json.dumps(plan))

    def environment(self):
        url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
        return (
            os.environ
            | QUICK
            | {
                "ALTIPLANO_DATABASE_URL": url,
                "ALTIPLANO_CASA_DIR": str(settings.CASA_DIR),
                "ALTIPLANO_SCRATCH_DIR": str(self.scratch),
                "ALTIPLANO_EMAIL_BACKEND": "tests.restores.mailbox.Mailbox",
                "ALTIPLANO_TEST_MAILBOX": str(self.mails),
                "ALTIPLANO_S3_ENDPOINT": settings.S3["endpoint"],
                "ALTIPLANO_S3_ACCESS_KEY_ID": settings.S3["access_key_id"],
                "ALTIPLANO_S3_SECRET_ACCESS_KEY": settings.S3["secret_access_key"],
                "ALTIPLANO_S3_BUCKET": settings.S3["bucket"],
            }
        )

    def start(self, *, program=("manage.py", "run_jobs"), **environment):
        """A worker process, on its way: it takes a second or two to come up."""
        with self.logs.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *program],
                cwd=settings.BASE_DIR,
                env=self.environment() | environment,
                stderr=log,
                stdout=log,
            )
        self.workers.append(worker)
        return worker

    def close(self):
        """Every test ends with nothing running, also one that failed."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        for directory in filter(Path.is_dir, self.scratch.glob("*/*")):
            told = local.handle_of(directory) or {}
            here = told.get("place") == processes.place()  # elsewhere, the pid is somebody else's, perhaps ours
            processes.kill_members(str(directory), told["pid"] if here else 0, told.get("started", 0))

    def log_text(self):
        return self.logs.read_text() if self.logs.exists() else ""


def wait_for(question, seconds=120.0):
    """The first true answer to `question`."""
    until = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < until, f"{question} was not answered with yes within {seconds} s"
        time.sleep(0.03)
    return answer


def ended(request, seconds=120.0):
    """The request, when it has come to its end and everything about it was tidied up."""
    wait_for(lambda: Request.objects.filter(pk=request.pk, told_at__isnull=False).exists(), seconds)
    request.refresh_from_db()
    return request


def stage_is(request, *names):
    return lambda: Request.objects.filter(pk=request.pk, stage__in=names).exists()


def processes_below(place) -> list[int]:
    """Everything that lives with a HOME below `place`: orphans, when nothing should."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and processes.stat(int(entry)):
            environment = processes.environment(int(entry))
            if any(item.startswith(f"HOME={place}".encode()) for item in environment):
                found.append(int(entry))
    return found
