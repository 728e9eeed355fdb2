"""Whatever is searched for, the answer is that of an archive in which what is hidden was never there.

Every search is asked before there is a confidential project and after; status, words and the shape of all queries are
the same for who may not know of it.
"""

import re

import pytest
from django.db import connection

from archive.models import Project
from archive.search import cones
from tests import make, observations, people
from tests.archive.questions import noting
from tests.matrix.asking import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CODE, UID = "2023.1.00707.S", "uid://A001/X7070/X7"
PLACE = (123.4567, -45.6789)
CRITERIA = (
    f"project={CODE}", "project=2023.1.00707.L", "project=2023.1.*", "project=*0707*", f"uid={UID}",
    "uid=uid://A001/Xa7070/X7", "uid=uid://A002/X7070/X8", "target=Hidden+Star", "target=hid*", "similar=Hidden+Sta",
    "q=hidden_star", f"q={CODE}", f"position={PLACE[0]}+{PLACE[1]}&radius=1arcmin",
    f"position={PLACE[0]}+{PLACE[1]}&radius=1deg&match=footprint&sort=distance", "pi=secret", "pi=secret_pi",
    "keyword=whisper", "category=quiet", "frequency=900..901GHz", "band=10", "resolution=..0.001arcsec",
    "released=2029", "observed=2029", "scope=public", "scope=mine", "scope=all&sort=-released", "limit=1",
)  # fmt: skip
ADDRESSES = ("/search/?", "/search/counts/?", "/api/search/?", "/api/search/count/?", "/api/search/facets/?",
             "/api/search/export/?format=jsonl&", "/?")  # fmt: skip
NEVER_THE_SAME = re.compile(r'[0-9a-f]{32}|(?<=csrfmiddlewaretoken" value=")\w+|csrftoken=\w+|expires=[^;]+')
KEYS = re.compile(r"'\{[\d,]*\}'|(?<=SAVEPOINT ).*")  # of names that are like what was asked, hidden or not
LINES = ["Hidden Star", f"{PLACE[0]} {PLACE[1]}", "NGC1052", "nothing"]


def hide_one():
    pi = make.user("secret_pi")
    mous = make.mous(UID, code=CODE, pi=pi, release_at=make.LONG_AGO)
    facts = {
        "pi_name": "Secret, P.",
        "pi_key": "secret p",
        "science_keywords": "whisper",
        "scientific_category": "quiet",
    }
    Project.objects.filter(code=CODE).update(confidential=True, **facts)
    mous.gous.project.refresh_from_db()
    made = {"bands": 1 << 10, "low_hz": 900e9, "high_hz": 901e9, "resolution_arcsec": 0.0001, "t_min_mjd": 62700.0}
    observations.observation(mous, "Hidden Star", at=PLACE, block="uid://A002/X7070/X8", **made)
    observations.observation(gous=mous.gous, target="Hidden Group")
    return pi


def answers(client):
    found = {f"{address}{each}": _asked(client.get, f"{address}{each}") for address in ADDRESSES for each in CRITERIA}
    body = {"path": "/api/search/list/", "data": {"lines": LINES}, "content_type": "application/json"}
    return found | {"list": _asked(client.post, **body)}


def _asked(send, *args, **kwargs):
    texts = []
    cones.counted.cache_clear()  # else the first circle of a minute has one query more
    with connection.execute_wrapper(noting(texts)):
        answer = send(*args, **kwargs)
        told = text_of(answer)
    return answer.status_code, NEVER_THE_SAME.sub("", told), [KEYS.sub("", text) for text in texts]


def _differing(one, other):
    """The lines and queries that are not the same."""
    pairs = zip([*one[1].splitlines(), *one[2]], [*other[1].splitlines(), *other[2]], strict=False)
    return [one[0], other[0], len(one[2]), len(other[2]), *(pair for pair in pairs if pair[0] != pair[1])][:6]


@pytest.mark.parametrize("reader", ["anonymous", "stranger", "superuser"])
def test_a_hidden_row_changes_no_answer(reader):
    visible = make.mous("uid://A001/X1/X1", code="2023.1.00001.S", release_at=make.LONG_AGO, pi=make.user("other_pi"))
    observations.observation(visible)
    observations.observation(visible, "Bright Star", spw=27)
    stranger = {"superuser": make.user("root", is_staff=True, is_superuser=True), "stranger": make.user("stranger")}
    client = people.client(stranger.get(reader))
    client.get("/")
    before = answers(client)

    pi = hide_one()

    after = answers(client)
    different = {place: _differing(before[place], after[place]) for place in before if before[place] != after[place]}
    assert not different
    hers = answers(people.client(pi))
    assert sum(hers[place] != before[place] for place in before) > len(before) / 3
