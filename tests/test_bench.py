"""That the measurements of hiding and access run and find what they ask for; how long it takes here says nothing."""

import json
import subprocess
import sys

import pytest

from altiplano.stack import layout

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
