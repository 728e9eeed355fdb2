"""What one may change about one's own account, after saying once more that it is oneself."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from altiplano.accounts.second_factor import LostSecretError, SecondFactor
from archive.accounts import verified_addresses
from archive.models import Invitation
from tests import make, people

pytestmark = pytest.mark.django_db
NEW = "another-long-one"


@pytest.fixture(autouse=True)
def vega(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    return make.user("vega", password=people.PASSWORD)


@pytest.fixture
def hers(client):
    """A browser in which she has logged in."""
    log_in(client)
    return client


def log_in(client, password=people.PASSWORD, login="vega"):
    return client.post("/login/", {"login": login, "password": password})


def confirm(client, to="/account/"):
    """Say once more that it is oneself, as the sensitive steps want it."""
    return client.post(reverse("account_reauthenticate") + f"?next={to}", {"password": people.PASSWORD})


def who(client):
    return client.get("/").wsgi_request.user


def text(answer):
    return answer.content.decode()


def link_in(letter):
    return re.search(r"http://testserver(/\S+)", letter.body)[1]


def test_the_page_of_the_account_says_what_protects_it(hers):
    shown = text(hers.get("/account/"))

    assert "vega@example.org" in shown
    assert "none linked" in shown
    assert "off" in shown


SENSITIVE = ("mfa_activate_totp", "mfa_generate_recovery_codes")


@pytest.mark.parametrize("route", SENSITIVE)
def test_sensitive_steps_ask_once_more_who_it_is(hers, route):
    assert hers.get(reverse(route))["Location"].startswith(reverse("account_reauthenticate"))


def test_a_wrong_password_does_not_lead_on(hers):
    answer = hers.post(reverse("account_reauthenticate"), {"password": "wrong"})

    assert "Incorrect password" in text(answer)
    assert hers.get(reverse("mfa_activate_totp")).status_code == 302


def test_a_changed_password_ends_the_other_sessions_and_is_told(hers, mailoutbox):
    elsewhere = Client()
    log_in(elsewhere)

    sent = {"oldpassword": people.PASSWORD, "password1": NEW, "password2": NEW}
    assert hers.post(reverse("account_change_password"), sent)["Location"] == "/account/"

    assert not who(elsewhere).is_authenticated
    assert who(hers).is_authenticated
    assert log_in(Client(), NEW).status_code == 302
    assert mailoutbox[0].to == ["vega@example.org"]


def test_the_old_password_is_asked_for(hers):
    answer = hers.post(reverse("account_change_password"), {"oldpassword": "x", "password1": NEW, "password2": NEW})

    assert "type your current password" in text(answer)


def change_address(client, address="new@alma.example"):
    answer = client.post(reverse("account_email"), {"email": address, "action_add": ""})
    if answer["Location"].startswith(reverse("account_reauthenticate")):
        confirm(client, reverse("account_email"))
    return answer


def test_a_change_of_address_asks_once_more_who_it_is(hers, vega, mailoutbox):
    answer = hers.post(reverse("account_email"), {"email": "new@alma.example", "action_add": ""})

    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert EmailAddress.objects.get().email == "vega@example.org"
    assert not mailoutbox


def test_a_new_address_counts_when_it_is_proved_and_the_old_one_is_told(hers, vega, mailoutbox):
    change_address(hers)
    assert verified_addresses(vega) == {"vega@example.org"}
    assert "new@alma.example" in text(hers.get(reverse("account_email")))

    hers.post(link_in(mailoutbox[0]))

    vega.refresh_from_db()
    assert (verified_addresses(vega), vega.email) == ({"new@alma.example"}, "new@alma.example")
    assert mailoutbox[-1].to == ["vega@example.org"]
    assert log_in(Client(), login="new@alma.example")["Location"] == "/"
    assert log_in(Client(), login="vega@example.org").status_code == 200


def test_a_change_that_was_not_proved_can_be_taken_back(hers, vega, mailoutbox):
    change_address(hers)
    hers.post(reverse("account_email"), {"email": "new@alma.example", "action_remove": ""})

    hers.post(link_in(mailoutbox[0]))
    assert verified_addresses(vega) == {"vega@example.org"}


def test_a_change_of_address_moves_no_invitation(hers, vega, mailoutbox):
    offer = Invitation.objects.create(
        project=make.project(),
        address="new@alma.example",
        secret_sha256="0" * 64,
        invited_by=make.user("pi"),
        valid_until=make.NOW,
    )
    change_address(hers)
    assert offer.address not in verified_addresses(vega)

    hers.post(link_in(mailoutbox[0]))
    assert offer.address in verified_addresses(vega)
    offer.refresh_from_db()
    assert (offer.address, offer.accepted_by) == ("new@alma.example", None)


def test_an_address_that_is_proved_by_another_is_not_to_be_had(hers, vega, mailoutbox):
    EmailAddress.objects.create(user=make.user("orion"), email="new@alma.example", verified=True, primary=True)
    change_address(hers)

    for letter in mailoutbox:
        if "http://" in letter.body:
            hers.post(link_in(letter))
    assert verified_addresses(vega) == {"vega@example.org"}


def code_for(secret, step=0):
    """The digits that the app shows, now or `step` periods on."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step))


@pytest.fixture
def now_stands_still(monkeypatch):
    """The codes change every thirty seconds; here they do not change between making and sending one."""
    now = time.time()
    monkeypatch.setattr(totp.time, "time", lambda: now)


@pytest.fixture
def secret(hers, now_stands_still):
    """She has set a second factor up in her browser, and a recovery code is left to her."""
    confirm(hers)
    page = hers.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert secret in text(page)
    answer = hers.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    cache.clear()
    return secret


def test_the_second_factor_is_asked_for_after_the_password(secret, client):
    browser = Client()
    assert log_in(browser)["Location"] == reverse("mfa_authenticate")
    assert not who(browser).is_authenticated
    assert "Incorrect code" in text(browser.post(reverse("mfa_authenticate"), {"code": "000000"}))
    assert not who(browser).is_authenticated

    assert browser.post(reverse("mfa_authenticate"), {"code": code_for(secret)})["Location"] == "/"
    assert who(browser).username == "vega"


def test_a_code_is_good_once(secret):
    for expected in (True, False):
        browser = Client()
        log_in(browser)
        browser.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
        assert who(browser).is_authenticated is expected


def test_staff_are_asked_for_it_on_the_way_to_the_admin(secret, vega):
    vega.is_staff = vega.is_superuser = True
    vega.save()
    browser = Client()

    assert browser.post("/login/?next=/admin/", {"login": "vega", "password": people.PASSWORD})["Location"] == reverse(
        "mfa_authenticate"
    )
    assert browser.get("/admin/").status_code == 302
    browser.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert browser.get("/admin/").status_code == 200


def test_a_recovery_code_takes_the_place_of_the_app_once(secret, hers):
    code = hers.get(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]
    assert code in text(hers.get(reverse("mfa_download_recovery_codes")))
    assert "no-store" in hers.get(reverse("mfa_view_recovery_codes"))["Cache-Control"]
    for expected in (True, False):
        browser = Client()
        log_in(browser)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        assert who(browser).is_authenticated is expected


def test_codes_are_guessed_five_times_at_most(secret, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/h/key"}
    browser = Client()
    log_in(browser)
    for _ in range(5):
        assert browser.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200

    answer = browser.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "too often" in text(answer)
    assert not who(browser).is_authenticated


def test_who_has_a_second_factor_is_asked_for_it_and_not_for_the_password(secret, client):
    browser = Client()
    log_in(browser)
    browser.post(reverse("mfa_authenticate"), {"code": code_for(secret)})

    assert confirm(browser)["Location"].startswith(reverse("mfa_reauthenticate"))
    assert browser.get(reverse("mfa_deactivate_totp"))["Location"].startswith(reverse("mfa_reauthenticate"))
    assert Authenticator.objects.exists()

    browser.post(reverse("mfa_reauthenticate"), {"code": code_for(secret, 0)})
    cache.clear()
    browser.post(reverse("mfa_reauthenticate"), {"code": code_for(secret)})
    browser.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert log_in(Client())["Location"] == "/"


def test_secrets_lie_encrypted_and_survive_a_new_secret_of_the_service(secret, settings):
    kept = [str(each.data) for each in Authenticator.objects.all()]
    assert len(kept) == 2
    assert not any(secret in each for each in kept)

    sealed = SecondFactor().encrypt("words")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert SecondFactor().decrypt(sealed) == "words"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(LostSecretError):
        SecondFactor().decrypt(sealed)


OPEN = ("login", "account_signup", "account_reset_password", "account_email_verification_sent")


@pytest.mark.parametrize("route", ["account", "account_email", "account_change_password", "mfa_index", *OPEN])
def test_pages_of_accounts_run_no_script(hers, route):
    answer = (Client() if route in OPEN else hers).get(reverse(route))

    assert answer.status_code == 200
    assert "<script" not in text(answer)
    assert "style=" not in text(answer)
