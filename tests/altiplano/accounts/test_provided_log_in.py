"""Through a real OpenID Connect provider, a process of its own: from the button to the session and back."""

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse

from archive.models import AlmaAccount
from tests import make, oidc

pytestmark = pytest.mark.django_db
ADA = {"sub": "ada", "email": "ada@alma.example", "email_verified": True, "preferred_username": "ada", "alma": "a.love"}
BOB = {"sub": "bob", "email": "bob@alma.example", "email_verified": False, "preferred_username": "bob"}
SHY = {"sub": "shy"}
THIEF = {"sub": "thief", "email": "vega@example.org", "email_verified": True, "preferred_username": "vega"}
NAMESAKE = {"sub": "namesake", "email": "n@alma.example", "email_verified": True, "preferred_username": "a.love"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    log = tmp_path_factory.mktemp("provider") / "log"
    with oidc.real_provider(log, ADA, BOB, SHY, THIEF, NAMESAKE) as address:
        yield address


@pytest.fixture(autouse=True)
def provider(address, settings, monkeypatch):
    settings.SOCIALACCOUNT_PROVIDERS = oidc.configured(address, monkeypatch)
    settings.OIDC_ALMA_CLAIM = "alma"


def log_in(client, person, **query):
    """As the person does: press the button here, say who you are there, be sent back."""
    sent_to = oidc.begin(client, **query)
    answer = requests.post(sent_to, data={"sub": person["sub"]}, allow_redirects=False, timeout=30)
    back = answer.headers["Location"]
    return client.get(back[back.index("/account/") :])


def who(client):
    return client.get("/").wsgi_request.user


def test_the_button_is_there_when_a_provider_is_configured(client, settings):
    assert "Log in through ALMA" in client.get("/login/").content.decode()

    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "through" not in client.get("/login/").content.decode()
    assert client.post(reverse("openid_connect_login", args=["sso"])).status_code == 404
    assert client.get(reverse("openid_connect_callback", args=["sso"])).status_code == 404


def test_a_link_alone_starts_nothing(client):
    answer = client.get(reverse("openid_connect_login", args=["sso"]))

    assert answer.status_code == 200
    assert "Log in through ALMA" in answer.content.decode()


def test_the_first_log_in_makes_an_account_and_the_next_finds_it(client):
    answer = log_in(client, ADA, next="/requests/")

    assert answer["Location"] == "/requests/"
    ada = get_user_model().objects.get()
    assert (who(client), ada.username, ada.has_usable_password()) == (ada, "ada", False)
    assert EmailAddress.objects.get(user=ada).verified
    again = Client()
    log_in(again, ADA)
    assert who(again) == ada
    assert get_user_model().objects.count() == 1


def test_what_is_asked_carries_a_challenge_and_a_nonce(client):
    asked = oidc.begin(client, scope="everything", auth_params="redirect_uri=https://evil.example/")

    for part in ("code_challenge_method=S256", "code_challenge=", "nonce=", "state=", "response_type=code"):
        assert part in asked
    assert "evil" not in asked
    assert "everything" not in asked


def test_an_address_the_provider_has_not_proved_is_proved_here_first(client):
    answer = log_in(client, BOB)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert not who(client).is_authenticated
    assert not EmailAddress.objects.get().verified
    assert mail.outbox[0].to == ["bob@alma.example"]


def test_who_has_no_address_there_is_asked_for_one(client):
    answer = log_in(client, SHY)
    assert answer["Location"] == reverse("socialaccount_signup")
    assert "how your account here shall be called" in client.get(answer["Location"]).content.decode()

    client.post(answer["Location"], {"username": "shy", "email": "shy@alma.example"})

    assert get_user_model().objects.get().username == "shy"
    assert not who(client).is_authenticated
    assert mail.outbox[0].to == ["shy@alma.example"]


def test_an_address_that_is_somebodys_takes_nobody_over(client):
    vega = make.user("vega", password="a-long-password")

    answer = log_in(client, THIEF)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert not who(client).is_authenticated
    assert not SocialAccount.objects.exists()
    assert list(get_user_model().objects.all()) == [vega]
    assert "You have an account already" in mail.outbox[0].subject


def test_the_claim_of_an_alma_account_makes_the_link(client):
    project = make.project()
    project.pi = AlmaAccount.objects.create(name="a.love")
    project.save()

    log_in(client, ADA)

    assert AlmaAccount.objects.get().user == who(client)


def test_a_name_at_the_provider_gives_neither_link_nor_alma_name(client):
    AlmaAccount.objects.create(name="a.love")

    log_in(client, NAMESAKE)

    assert who(client).is_authenticated
    assert who(client).username.lower() != "a.love"
    assert AlmaAccount.objects.get().user is None


def test_a_link_that_is_another_persons_is_left_to_staff(client):
    AlmaAccount.objects.create(name="a.love", user=make.user("vega"))

    log_in(client, ADA)

    assert "belongs to another person" in client.get("/").content.decode()
    assert who(client).username == "ada"
    assert AlmaAccount.objects.get().user == make.user("vega")


def test_a_closed_sign_up_leaves_the_provider_open(client, settings):
    settings.SIGNUP = False

    log_in(client, ADA)

    assert who(client).username == "ada"
