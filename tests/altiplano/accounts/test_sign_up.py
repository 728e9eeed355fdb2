"""Making an account: its address is proved first, and its name is nobody else's."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from archive.models import AlmaAccount, ApiToken
from tests import make, people

pytestmark = pytest.mark.django_db
FORM = {"username": "ada", "email": "ada@alma.example", "password1": "a-long-password", "password2": "a-long-password"}


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS


def sign_up(client, **changes):
    return client.post(reverse("account_signup"), FORM | changes)


def link_in(letter):
    return re.search(r"http://testserver(/\S+)", letter.body)[1]


def who(client):
    return client.get("/").wsgi_request.user


def log_in(client, login="ada", password=FORM["password1"]):
    return client.post("/login/", {"login": login, "password": password})


def text(answer):
    return answer.content.decode()


def test_an_account_opens_when_its_address_is_proved(client, mailoutbox):
    assert sign_up(client)["Location"] == reverse("account_email_verification_sent")
    assert not who(client).is_authenticated
    assert log_in(client)["Location"] == reverse("account_email_verification_sent")
    link = link_in(mailoutbox[0])

    assert "Is <strong>ada@alma.example</strong> the address" in text(client.get(link))
    assert not EmailAddress.objects.get().verified  # a mail scanner follows links, it presses no buttons
    client.post(link)

    assert EmailAddress.objects.get().verified
    log_in(client)
    assert who(client).username == "ada"


def test_a_link_of_a_letter_is_good_for_its_address_alone(client):
    answer = client.get(reverse("account_confirm_email", args=["MQ:1x:forged"]))

    assert "not good any more" in text(answer)


def test_an_address_that_has_an_account_is_answered_the_same(client, mailoutbox):
    make.user("vega", password=people.PASSWORD)

    answer = sign_up(client, email="vega@example.org")

    assert answer["Location"] == sign_up(Client(), username="bob", email="bob@alma.example")["Location"]
    assert not get_user_model().objects.filter(username="ada").exists()
    assert [letter.to for letter in mailoutbox] == [["vega@example.org"], ["bob@alma.example"]]
    assert "has an account already" in mailoutbox[0].body


def test_both_answers_hash_a_password(client, monkeypatch):
    """It takes most of a second, so the one that did not would be known by it."""
    hashed = []
    monkeypatch.setattr(get_user_model(), "set_password", lambda self, password: hashed.append(password))
    make.user("vega")

    sign_up(client, email="vega@example.org")
    sign_up(Client(), username="bob", email="bob@alma.example")

    assert hashed == ["a-long-password"] * 2


def refused(client, sentence, **changes):
    answer = sign_up(client, **changes)
    assert (answer.status_code, sentence in text(answer)) == (200, True), text(answer)
    assert not get_user_model().objects.filter(email="ada@alma.example").exists()


@pytest.mark.parametrize("name", ["vega", "VEGA", "Vega"])
def test_a_name_that_differs_in_case_alone_is_not_to_be_had(client, name):
    make.user("Vega")

    refused(client, "is not available", username=name)


@pytest.mark.parametrize("name", ["a.love", "A.Love"])
@pytest.mark.parametrize("linked", [True, False])
def test_the_names_of_alma_accounts_are_kept_for_their_owners(client, name, linked):
    AlmaAccount.objects.create(name="a.love", user=make.user("vega") if linked else None)

    refused(client, "is not available", username=name)


@pytest.mark.parametrize(
    "name",
    [
        "veg\N{CYRILLIC SMALL LETTER A}",
        "ada@alma.example",
        ".ada",
        "ada lovelace",
        "\N{FULLWIDTH LATIN SMALL LETTER V}ega",
        "-ada",
    ],
)
def test_a_name_is_made_of_letters_that_look_like_no_others(client, name):
    refused(client, "A user name is made of", username=name)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "too short"),
        ("password123", "too common"),
        ("ada@alma.example", "too similar"),
        ("other-long-one", "same"),
    ],
)
def test_a_password_is_hard_to_guess_and_typed_twice(client, password, sentence):
    refused(client, sentence, password1=password, password2="a-long-password" if sentence == "same" else password)


def test_a_closed_sign_up_says_so(client, settings):
    settings.SIGNUP = False

    assert "takes no sign-ups" in text(client.get(reverse("account_signup")))
    assert "takes no sign-ups" in text(sign_up(client))
    assert not get_user_model().objects.exists()


def test_a_forgotten_password_is_replaced_and_ends_all_sessions_and_tokens(client, mailoutbox):
    people.token(make.user("vega", password=people.PASSWORD))
    people.token(make.user("orion"))
    elsewhere = Client()
    log_in(elsewhere, "vega", people.PASSWORD)

    client.post(reverse("account_reset_password"), {"email": "vega@example.org"})
    link = link_in(mailoutbox[0])
    form = client.get(link)["Location"]
    assert "New password" in text(client.get(form))
    done = client.post(form, {"password1": "another-long-one", "password2": "another-long-one"}, follow=True)

    assert "its API tokens have ended" in text(done)
    assert [token.user.username for token in ApiToken.objects.all()] == ["orion"]
    assert not who(elsewhere).is_authenticated
    assert not who(client).is_authenticated
    log_in(client, "vega", "another-long-one")
    assert who(client).username == "vega"
    assert "not good any more" in text(Client().get(link))


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(client, mailoutbox):
    make.user("vega", password=people.PASSWORD)
    answers = [
        client.post(reverse("account_reset_password"), {"email": f"{name}@example.org"}) for name in ("vega", "nobody")
    ]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert [letter.to for letter in mailoutbox] == [["vega@example.org"], ["nobody@example.org"]]


@pytest.mark.parametrize(("proxies", "answers"), [(1, [200, 200, 429, 200]), (0, [200, 200, 429, 429])])
def test_sign_ups_are_counted_by_the_address_that_proxies_of_ours_tell(settings, proxies, answers):
    settings.TRUSTED_PROXIES = proxies
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/h/ip"}
    cache.clear()
    hops = [f"203.0.113.{n}, 198.51.100.{7 + n // 3}" for n in range(4)]  # the first of each is forged

    said = [
        Client().post(reverse("account_signup"), FORM | {"password2": "x"}, headers={"X-Forwarded-For": hop})
        for hop in hops
    ]

    assert [answer.status_code for answer in said] == answers
