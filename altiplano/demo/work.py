"""The demo's requests: a restore and a user-defined cube, asked for over HTTP as the PI would, and waited for."""

import json
import time
import urllib.error
import urllib.request

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from altiplano.stack.errors import StackError
from archive.models import Delegation
from restores.models import Request

ENDED = {"COMPLETED", "ERROR", "ABORTED"}
LONGEST_WAIT = 900.0


class Api:
    """The service's own API, with the token of one account."""

    def __init__(self, url: str, token: str):
        self.url = url
        self.token = token

    def get(self, path: str) -> dict:
        return self._ask(path, None)

    def post(self, path: str, body: dict) -> dict:
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path: str, data: bytes | None) -> dict:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers)  # noqa: S310 (our own address)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own address)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise StackError(f"{request.full_url} answered {error.code}: {error.read().decode()[:500]}") from error


def ensure_delegation(api: Api, code: str, delegee: str) -> None:
    """The PI names her delegee, unless somebody did or took it back since."""
    if not Delegation.objects.filter(project__code=code, delegee__username=delegee).exists():
        api.post("/api/delegations/", {"project": code, "delegee": delegee})


def finished(mous: str, kind: str) -> str | None:
    """The id of a request that has been completed for this MOUS, so that it is not made twice."""
    made = Request.objects.filter(mous__uid=mous, kind=kind, phase="COMPLETED").order_by("created_at").first()
    return str(made.pk) if made else None


def live(mous: str, kind: str) -> str | None:
    """The id of a request that an interrupted demo left behind and that still goes on."""
    going = Request.objects.filter(mous__uid=mous, kind=kind).exclude(phase__in=ENDED).first()
    return str(going.pk) if going else None


def follow(api: Api, path: str, label: str) -> dict:
    """Wait for a request to end, showing its stage; raises `StackError` unless it is completed."""
    deadline = time.monotonic() + LONGEST_WAIT
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(label, total=1.0, stage="")
        while (detail := api.get(path))["phase"] not in ENDED:
            now = detail["progress"]
            progress.update(task, completed=now["fraction"], stage=now["stage"] or detail["phase"].lower())
            if time.monotonic() > deadline:
                raise StackError(f"The {label} did not end within {LONGEST_WAIT:.0f} s; see var/log/worker.log.")
            time.sleep(0.5)
    if detail["phase"] != "COMPLETED":
        error = detail["error"] or {}
        raise StackError(f"The {label} ended as {detail['phase']}: {error.get('sentence')} {error.get('remedy')}")
    return detail


def image_order(uid: str, truth: dict) -> dict:
    """A cube in velocity around the injected line, two native channels wide, and the continuum."""
    line = truth["target"]["line"]
    window = truth["windows"][line["window"]]
    width = 2 * window["channel_hz"] / line["rest_hz"] * 299792.458
    reach = 1.5 * line["fwhm_kms"]
    cube = {
        "spw": window["virtual"],
        "mode": "velocity",
        "start": f"{line['lsrk_kms'] - reach:.3f}km/s",
        "width": f"{width:.3f}km/s",
        "nchan": int(2 * reach / width),
        "restfreq": f"{line['rest_hz'] / 1e9:.6f}GHz",
    }
    return {"mous": uid, "source": truth["target"]["name"], "cubes": [cube], "continuum": True}
