"""A question that libpq asks: its answer is the cursor's, and where there is none the cursor has to ask."""

import psycopg
import pytest
from django.db import connection

from altiplano import pooled
from archive.prepared import Prepared, UnansweredError

QUESTION = Prepared(
    "SELECT %(number)s::int + %(two)s::int, %(word)s::text, %(word)s::text = 'it', %(nothing)s::text, '100%%' "
    "WHERE %(number)s::int > 0",
    {"two": 2, "nothing": None},
)


@pytest.fixture
def kept(django_db_setup):
    with pooled.Pooled.connect(**connection.get_connection_params(), autocommit=True) as made:
        yield made


def asked(kept, number, word):
    return QUESTION.asked(kept, {"number": number, "word": word})()


def test_the_first_row_is_told_in_texts_and_truths(kept):
    assert asked(kept, 1, "it") == ("3", "it", True, None, "100%")
    assert asked(kept, 1, "another") == ("3", "another", False, None, "100%")
    assert asked(kept, 7, None) == ("9", None, None, None, "100%")
    assert asked(kept, 0, "it") is None


def test_it_is_prepared_once_on_a_connection(kept):
    for _ in range(3):
        asked(kept, 1, "it")

    assert kept.execute("SELECT generic_plans + custom_plans FROM pg_prepared_statements").fetchall() == [(3,)]


def test_what_the_server_has_forgotten_is_prepared_again(kept):
    asked(kept, 1, "it")
    kept.execute("DEALLOCATE ALL")  # as psycopg does after ROLLBACK

    with pytest.raises(UnansweredError):
        asked(kept, 1, "it")
    assert asked(kept, 1, "it") == ("3", "it", True, None, "100%")


def test_in_a_transaction_the_cursor_asks(kept):
    kept.autocommit = False

    with pytest.raises(UnansweredError):
        asked(kept, 1, "it")


def test_where_the_server_refuses_or_is_gone_the_cursor_says_so(kept):
    with pytest.raises(UnansweredError):
        asked(kept, "no number", "it")
    with psycopg.connect(kept.info.dsn, password=kept.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.info.backend_pid])
    with pytest.raises(UnansweredError):
        asked(kept, 1, "it")


def test_questions_of_the_same_text_share_what_is_prepared(kept):
    first, second = Prepared("SELECT %(one)s::int", {}), Prepared("SELECT %(one)s::int", {})

    assert [one.asked(kept, {"one": 5})() for one in (first, second)] == [("5",), ("5",)]
