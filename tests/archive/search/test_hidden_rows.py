"""A confidential project changes no answer of who may not know of it: not a row, number, hint, cursor or facet."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archive import tallies
from archive.models import Project
from archive.search import verbs
from archive.search.refusals import UnknownCodeError, UnknownUidError
from tests import make, observations
from tests.archive.search.asking import page, read, reader, targets

pytestmark = pytest.mark.django_db
HIDDEN = "2023.1.00101.T"  # as the open one, but for its suffix
HIDDEN_MOUS = "uid://A001/X7/X7"
QUESTIONS = st.sampled_from(
    [
        {}, {"sort": "-released"}, {"sort": "-observed"}, {"sort": "resolution"}, {"sort": "-project"},
        {"project": "2023*"}, {"project": "*.00101.*"}, {"target": "ngc*"}, {"similar": "NGC1053"}, {"band": "6"},
        {"position": "40.27 -8.2557", "radius": "1deg", "sort": "distance"}, {"keyword": "gas"}, {"pi": "secret"},
        {"position": "40.27 -8.2557", "radius": "20arcsec", "match": "footprint"}, {"scope": "public"},
        {"frequency": "200..300GHz"}, {"qa2": "!FAIL"}, {"category": "!Cosmology"},
    ]
)  # fmt: skip


def everything(asked, user):
    """All that search says to a question."""
    first = page(user, **asked, limit="2")
    following = page(user, **asked, limit="2", cursor=first.next) if first.next else None
    criteria, who = read(**asked), reader(user)
    return first, following, verbs.count(criteria, who), verbs.facets(criteria, who), list(verbs.stream(criteria, who))


def open_rows():
    mous = make.mous(release_at=make.LONG_AGO)
    for spw, name in enumerate(("NGC1052", "NGC1052", "NGC1068", "TW Hya")):
        observations.observation(mous, name, spw=spw)
    tallies.recount(None)


def hidden_rows(count, at):
    """Of a project with a PI of its own, in the same place, at the same frequency and of the same names."""
    hidden = make.mous(HIDDEN_MOUS, code=HIDDEN, release_at=make.LONG_AGO, pi=make.user("owner"))
    facts = {"confidential": True, "pi_key": "secret", "science_keywords": "Gas", "scientific_category": "Sun"}
    Project.objects.filter(code=HIDDEN).update(**facts)
    hidden.refresh_from_db()
    for spw in range(count):
        region = "Polygon 40.2 -8.3 40.3 -8.3 40.3 -8.2 40.2 -8.2" if spw % 2 else None
        observations.observation(hidden, ("NGC1052", "NGC1053")[spw % 2], spw=spw, at=at, region=region)
    observations.observation(gous=hidden.gous)
    tallies.recount(None)
    return hidden


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(asked=QUESTIONS, count=st.integers(1, 4), near=st.booleans())
def test_totals_of_two_readers_never_differ_by_a_hidden_row(asked, count, near):
    with transaction.atomic():
        stranger = make.user("stranger")
        open_rows()
        before = [everything(asked, user) for user in (None, stranger)]
        hidden_rows(count, (40.27, -8.2557) if near else (200.0, 10.0))

        assert [everything(asked, user) for user in (None, stranger)] == before
        assert before[0][2:4] == before[1][2:4]
        transaction.set_rollback(True)


def test_a_hidden_project_is_no_hint_and_its_uids_name_nothing():
    open_rows()
    hidden = hidden_rows(2, observations.NGC1052)

    with pytest.raises(UnknownCodeError) as refusal:
        page(project="2023.1.00101.L")
    assert refusal.value.near == [make.CODE]
    with pytest.raises(UnknownCodeError, match=f"there is no project {HIDDEN}"):
        page(project=HIDDEN)
    for uid in (HIDDEN_MOUS, hidden.gous.uid):
        with pytest.raises(UnknownUidError):
            page(uid=uid)


def test_who_has_a_right_to_it_finds_it_whole():
    open_rows()
    hidden_rows(3, observations.NGC1052)
    owner = make.user("owner")

    assert len(targets(owner, project=HIDDEN)) == len(targets(owner, scope="mine")) == 4
    assert page(owner, project=HIDDEN).rows[0]["readable"]
    assert len(targets(owner, uid=HIDDEN_MOUS)) == 3
    assert verbs.facets(read(), reader(owner))["scope"] == [("mine", 4), ("public", 4)]


def test_a_list_is_answered_from_visible_rows():
    open_rows()
    before = verbs.answers(["NGC 1053", "NGC1052", "40.27 -8.2557"], reader())
    hidden_rows(3, observations.NGC1052)

    assert verbs.answers(["NGC 1053", "NGC1052", "40.27 -8.2557"], reader()) == before
    assert before[0].problem == "No target has this name."
