"""When data become public: the policy's vectors (FACTS 7), and whose word stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import release
from archive.facts import apply_facts
from archive.models import NEVER, Finding
from tests import make

STANDARD, DDT = "2018.1.00101.S", "2018.A.00007.S"
TIMES = st.datetimes(datetime(2011, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
CODES = st.sampled_from([STANDARD, DDT, "2018.2.00003.L"])


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "delivered", "public"),
    [
        (STANDARD, "2024-01-31", "2025-01-31"),
        (DDT, "2024-01-31", "2024-07-31"),
        (DDT, "2023-08-31", "2024-02-29"),
        (DDT, "2024-08-31", "2025-02-28"),
        (STANDARD, "2024-02-29", "2025-02-28"),
        (STANDARD, "2023-02-28", "2024-02-28"),
        (STANDARD, "2019-06-01", "2020-09-01"),
        (DDT, "2019-10-01", "2020-07-01"),
        (STANDARD, "2019-11-30", "2021-02-28"),
        (STANDARD, "2019-03-18", "2020-03-18"),
        (STANDARD, "2019-03-19", "2020-03-19"),
        (STANDARD, "2019-03-19T00:00:01", "2020-06-19T00:00:01"),
        (STANDARD, "2020-03-19", "2021-06-19"),
        (STANDARD, "2020-03-19T00:00:01", "2021-03-19T00:00:01"),
        (STANDARD, "2024-05-02T23:59:59", "2025-05-02T23:59:59"),
        ("2018.1.00101.T", "2024-01-31", "2025-01-31"),
        ("2018.1.00101.V", "2024-01-31", "2025-01-31"),
        ("2018.1.00101.L", "2024-01-31", "2025-01-31"),
        ("2018.1.00101.P", "2024-01-31", "2025-01-31"),
    ],
)
def test_the_policy_counts_months_from_the_delivery(code, delivered, public):
    assert release.computed(code, at(delivered)) == at(public)


@pytest.mark.parametrize("code", ["2011.0.00001.SV", "2013.1.00001.CSV", "2019.1.00002.CAL", "2019.1.00003.E", "odd"])
def test_for_the_observatory_s_own_projects_the_policy_gives_no_time(code):
    assert release.computed(code, at("2024-01-31")) == NEVER


def test_what_was_not_delivered_has_no_time():
    assert release.computed(STANDARD, None) == NEVER


@pytest.mark.parametrize(
    ("delivered", "raw", "public"),
    [
        (None, "2024-01-10", "2025-01-10"),
        ("2024-03-01", "2024-01-10", "2025-01-10"),
        ("2024-03-01", "2024-06-10", "2025-03-01"),
        ("2020-03-01", "2019-06-01", "2020-09-01"),
        ("2020-03-01", "2019-03-01", "2020-03-01"),
        ("2020-03-19", "2020-01-01", "2021-04-01"),
        ("2020-06-01", "2020-01-01", "2021-01-01"),
        ("2020-03-19T00:00:01", "2020-01-01", "2021-01-01"),
        (None, "2020-01-01", "2021-01-01"),
    ],
)
def test_raw_data_given_out_early_start_the_clock_and_are_no_delivery(delivered, raw, public):
    assert release.computed(STANDARD, delivered and at(delivered), at(raw)) == at(public)


def test_there_is_no_month_after_the_calendar():
    assert release.computed(STANDARD, at("2999-05-01")) == NEVER


@given(CODES, TIMES)
def test_data_never_become_public_before_they_are_delivered(code, delivered):
    public = release.computed(code, delivered)

    assert public > delivered
    assert public.time() == delivered.time()


@given(CODES, TIMES, TIMES)
def test_what_is_delivered_on_a_later_day_becomes_public_no_earlier(code, one, other):
    """On each side of the pandemic, whose three months end with it; a month's end gathers days, not times of day."""
    first, second = sorted([one, other])
    extended = [each <= release.PANDEMIC for each in (first, second)]

    if extended[0] == extended[1]:
        assert release.computed(code, first).date() <= release.computed(code, second).date()


@given(CODES, TIMES, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_an_early_raw_release_never_makes_data_public_later(code, delivered, before):
    early = release.computed(code, delivered, delivered - before)

    assert early > delivered - before
    assert early.date() <= release.computed(code, delivered).date()


@pytest.fixture
def mous(db):
    return make.mous(delivered_at=None)


def say(mous, **facts):
    apply_facts({"mous": {mous.uid: facts}})
    mous.refresh_from_db()


def doubts(mous):
    return [each.sentence for each in Finding.objects.filter(mous=mous, code="release-disagrees", settled_at=None)]


def test_without_a_word_of_alma_the_time_is_computed_from_the_delivery(mous):
    say(mous, delivered_at="2024-05-02T10:11:12Z")

    assert (mous.release_at, mous.release_origin) == (at("2025-05-02T10:11:12"), "computed")
    assert doubts(mous) == []


def test_an_early_raw_release_moves_the_computed_time_also_when_qa2_fails(mous):
    say(mous, raw_released_at="2024-03-01T00:00:00Z", qa2="FAIL")

    assert (mous.release_at, mous.release_origin) == (at("2025-03-01"), "computed")


def test_alma_s_time_is_in_force_and_a_computed_one_that_differs_is_a_finding(mous):
    say(mous, delivered_at="2024-05-02T10:00:00Z", release_at="2026-01-01T00:00:00Z")

    assert (mous.release_at, mous.release_origin) == (at("2026-01-01"), "ALMA")
    assert doubts(mous) == [
        f"Of the release of {mous.uid} ALMA says 2026-01-01T00:00:00Z, the policy gives 2025-05-02T10:00:00Z. "
        "In force is that of ALMA."
    ]


def test_the_finding_is_settled_when_they_agree_and_says_the_times_of_now(mous):
    say(mous, delivered_at="2024-05-02T10:00:00Z", release_at="2026-01-01T00:00:00Z")
    say(mous, release_at="2026-02-01T00:00:00Z")
    assert len(doubts(mous)) == 1
    assert "2026-02-01" in doubts(mous)[0]

    say(mous, release_at="2025-05-02T10:00:00Z")

    assert doubts(mous) == []
    assert mous.release_origin == "ALMA"


def test_that_alma_knows_no_date_is_alma_s_word_too(mous):
    say(mous, delivered_at="2024-05-02T10:00:00Z", release_at="3000-01-01T00:00:00Z")

    assert (mous.release_at, mous.release_origin) == (NEVER, "ALMA")
    assert "ALMA says that no date is known" in doubts(mous)[0]


def test_facts_about_other_things_leave_the_release_alone(mous):
    mous.release_at = at("2024-01-01")
    mous.save()

    say(mous, qa2="PASS", sb_name="x")

    assert mous.release_at == at("2024-01-01")
