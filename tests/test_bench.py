"""That the measurements run and find what they ask for; how long it takes here says nothing."""

import json
import subprocess
import sys

import pytest

from altiplano.stack import layout
from bench import search_mix, sky_world

pytestmark = pytest.mark.slow


def last_line(program):
    ran = subprocess.run(
        [sys.executable, f"bench/{program}.py", "--short"],
        cwd=layout.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_the_cost_of_access_is_measured_for_every_reader():
    told = last_line("access")

    assert {(row["what"], row["reader"]) for row in told["rows"]} == {
        (what, reader) for what in ("check", "page") for reader in ("anonymous", "pi", "delegee", "staff", "stranger")
    }
    assert set(told["targets"]) <= set(told["figures"])


def test_hidden_and_absent_answer_alike_through_the_real_service():
    told = last_line("hidden")

    assert told["figures"]["unlike_answers"] == 0
    statuses = {row["status"] for row in told["rows"] if row["reader"] == "stranger" and "search" not in row["route"]}
    assert statuses == {404}


def test_headers_are_read_beside_astropy_which_finds_the_same_in_them():
    told = last_line("headers")

    assert [row["name"] for row in told["rows"]] == ["products.fits.headers", "astropy.io.fits.getheader"]
    assert (told["figures"]["files"], told["figures"]["differences"]) == (200, 0)


def test_every_kind_of_search_is_timed_for_every_reader_and_none_differs_from_brute_force():
    told = last_line("search")

    assert {row["reader"] for row in told["rows"]} == {"anonymous", "pi", "staff"}
    assert {row["kind"] for row in told["rows"]} <= {*search_mix.SHARES, "all"}
    assert sum(row["n"] for row in told["rows"] if row["kind"] == "all") == told["figures"]["n"]
    assert told["figures"]["mismatches"] == 0


def test_searches_through_the_service_are_held_against_the_same_statements_without_django():
    told = last_line("api_search")

    assert [row["what"] for row in told["rows"]] == ["search", "peer", "count", "facets"]
    assert told["figures"]["refused"] == 0


def test_a_drawn_archive_is_the_same_each_time_and_names_no_row_twice():
    once, again = (sky_world.table(3000, 7, 1, 3000) for _ in range(2))

    assert once.equals(again)
    assert once["obs_id"].n_unique() == once.height


def test_parts_of_a_drawn_archive_share_no_project_and_no_uid():
    first, second = sky_world.tables(4000, part=2000)

    for column in ("proposal_id", "group_ous_uid", "asdm_uid"):
        assert not set(first[column].drop_nulls()) & set(second[column].drop_nulls())


def test_the_shares_of_questions_are_percents():
    assert sum(search_mix.SHARES.values()) == 100


def test_loads_are_measured_from_each_format_and_beside_a_plain_copy():
    told = last_line("load")

    assert {row["what"] for row in told["rows"]} == {"parquet", "refresh", "peer", "csv"}
    assert set(told["targets"]) <= set(told["figures"])


def test_previews_are_measured_from_disk_and_store_beside_numpy_and_equal_it():
    told = last_line("previews")

    assert {row["what"] for row in told["rows"]} == {"disk", "store", "plain_get", "peer_planes", "peer_whole"}
    assert set(told["targets"]) <= set(told["figures"])
    assert told["figures"]["differing"] == 0


def test_every_download_over_a_bad_line_ends_equal_to_its_checksum():
    told = last_line("downloads_under_faults")

    assert [row["who"] for row in told["rows"]] == ["client", "curl"]
    assert (told["figures"]["wrong_files"], told["figures"]["cuts"], told["figures"]["flips"]) == (0, 30, 4)
    assert set(told["targets"]) <= set(told["figures"])


def test_ingestion_is_measured_beside_plain_uploads_of_the_same_files():
    told = last_line("ingest")

    assert {row["name"] for row in told["rows"]} == {
        "large", "large_peer", "small", "small_peer", "command", "index_only"
    }  # fmt: skip
    assert set(told["targets"]) <= set(told["figures"])


def test_killed_ingestions_lose_nothing_and_show_nothing_half():
    told = last_line("ingest_under_kills")

    assert told["figures"]["kills"] >= 10
    assert told["figures"]["wrong"] == 0


def test_bundles_are_timed_beside_get_object_and_are_the_same_twice():
    told = last_line("bundles")

    assert {(row["what"], row["way"]) for row in told["rows"] if row["what"] in {"large", "small"}} == {
        (what, way) for what in ("large", "small") for way in ("tar", "zip", "get_object")
    }
    assert set(told["targets"]) <= set(told["figures"])
    assert told["figures"]["differing"] == 0


def test_the_audit_finds_what_was_planted_beside_a_peer_in_memory():
    told = last_line("audit")

    assert [row["what"] for row in told["rows"]] == ["list", "digests", "peer", "long_tenth", "long"]
    assert (told["figures"]["not_found"], told["figures"]["falsely_found"]) == (0, 0)
    assert set(told["targets"]) <= set(told["figures"])
