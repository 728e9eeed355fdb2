"""What a provider, or somebody in its place, may try.  Each is refused in a sentence; nobody is logged in or made."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from altiplano import account_settings
from archive.models import AlmaAccount
from tests import oidc

pytestmark = pytest.mark.django_db
HONEST = {"preferred_username": "ada", "email": "ada@alma.example", "email_verified": True}
LONG_AGO = {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}


@pytest.fixture
def issuer(settings, monkeypatch):
    with oidc.own_issuer() as made:
        made.userinfo = dict(HONEST)
        settings.SOCIALACCOUNT_PROVIDERS = oidc.configured(made.address, monkeypatch)
        settings.OIDC_ALMA_CLAIM = "alma"
        yield made


def log_in(client):
    return oidc.come_back(client, oidc.begin(client))


def refused(client, sentence, status=403):
    answer = log_in(client)
    assert (answer.status_code, sentence in answer.content.decode()) == (status, True), answer.content.decode()
    assert not get_user_model().objects.exists()
    assert not AlmaAccount.objects.exists()
    assert not client.get("/").wsgi_request.user.is_authenticated


def test_an_honest_token_logs_in(client, issuer):
    answer = log_in(client)

    assert answer["Location"] == "/"
    assert client.get("/").wsgi_request.user.username == "ada"


CLAIMS = {
    "wrong issuer": ({"iss": "https://evil.example"}, "issued by another service"),
    "wrong audience": ({"aud": "another"}, "issued for another service"),
    "one of several, for another": ({"aud": ["another", oidc.CLIENT], "azp": "another"}, "issued for another service"),
    "one of several, for nobody": ({"aud": ["another", oidc.CLIENT]}, "issued for another service"),
    "expired": (LONG_AGO, "has expired"),
    "of tomorrow": ({"iat": int(time.time()) + 86400, "exp": int(time.time()) + 90000}, "of a time to come"),
    "without end": ({"exp": None}, "leaves out"),
    "of another log-in": ({"nonce": "of-another"}, "answers another log-in"),
    "without a nonce": ({"nonce": None}, "answers another log-in"),
    "about nobody": ({"sub": ""}, "names nobody"),
    "about a number": ({"sub": 17}, "cannot be read"),
    "about somebody else than the rest": ({"sub": "18"}, "about different people"),
}


@pytest.mark.parametrize(("claims", "sentence"), CLAIMS.values(), ids=CLAIMS)
def test_what_a_signed_token_may_not_say(client, issuer, claims, sentence):
    issuer.claims = claims | {"alma": "a.love"}

    refused(client, sentence)


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_what_a_signed_token_may_not_leave_out(client, issuer, claim):
    issuer.sign = lambda claims: oidc.signed({name: said for name, said in claims.items() if name != claim})

    refused(client, "leaves out")


def test_a_name_too_long_to_be_kept_is_refused(client, issuer):
    issuer.claims = issuer.userinfo = HONEST | {"sub": "1" * 200}

    refused(client, "more letters than can be kept")


SIGNATURES = {
    "unsigned": (lambda claims: oidc.by_hand(claims, "none"), "not signed with"),
    "unsigned, in another spelling": (lambda claims: oidc.by_hand(claims, "nOnE"), "not signed with"),
    "with the public key for a secret": (
        lambda claims: oidc.by_hand(claims, "HS256", oidc.public_pem(oidc.KEY)),
        "not signed with",
    ),
    "with the client's secret": (lambda claims: oidc.by_hand(claims, "HS256", oidc.SECRET.encode()), "not signed with"),
    "with another key of the same name": (lambda claims: oidc.signed(claims, oidc.OTHER_KEY), "not the issuer"),
    "with a key the issuer does not have": (lambda claims: oidc.signed(claims, kid="two"), "a key of the issuer"),
    "by another kind of key": (
        lambda claims: oidc.signed(claims, ec.generate_private_key(ec.SECP256R1()), "ES256"),
        "a key of the issuer",
    ),
    "by a key it brings itself": (
        lambda claims: oidc.signed(claims, oidc.OTHER_KEY, jwk=oidc.public_jwk(oidc.OTHER_KEY)),
        "not the issuer",
    ),
    "changed on the way": (lambda claims: _changed(oidc.signed(claims)), "not the issuer"),
    "no token": (lambda claims: "no.token", "cannot be read"),
    "none at all": (lambda claims: None, "cannot be read"),
}


def _changed(token):
    head, _, seal = token.split(".")
    body = oidc.by_hand({"iss": "changed"}, "RS256").split(".")[1]
    return f"{head}.{body}.{seal}"


@pytest.mark.parametrize(("sign", "sentence"), SIGNATURES.values(), ids=SIGNATURES)
def test_how_a_token_may_not_be_signed(client, issuer, sign, sentence):
    issuer.sign = sign

    refused(client, sentence)


def test_a_secret_among_the_issuers_keys_is_no_key(client, issuer):
    issuer.keys = [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]
    issuer.sign = lambda claims: oidc.by_hand(claims, "HS256", b"secret")

    refused(client, "not signed with")


def test_keys_of_elliptic_curves_are_good(client, issuer):
    curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    issuer.keys = [
        jwt.algorithms.ECAlgorithm.to_jwk(curve.public_key(), as_dict=True) | {"kid": "c"},
        jwt.algorithms.OKPAlgorithm.to_jwk(edwards.public_key(), as_dict=True) | {"kid": "e"},
    ]
    for key, algorithm, name in [(curve, "ES256", "c"), (edwards, "EdDSA", "e")]:
        issuer.sign = lambda claims, key=key, algorithm=algorithm, name=name: oidc.signed(
            claims, key, algorithm, kid=name
        )
        assert log_in(client)["Location"] == "/"


def test_an_answer_without_its_question_is_refused(client, issuer):
    """Somebody else's answer, slipped into this browser, has no state here."""
    answer = client.get(reverse("openid_connect_callback", args=["sso"]), {"code": "stolen", "state": "guessed"})

    assert answer.status_code == 502
    assert "did not come to its end" in answer.content.decode()


def test_an_answer_is_good_once_and_in_its_own_browser(client, issuer):
    sent_to = oidc.begin(client)
    assert oidc.come_back(client, sent_to)["Location"] == "/"
    client.logout()

    assert oidc.come_back(client, sent_to).status_code == 502


def test_a_code_of_another_log_in_is_worth_nothing(client, issuer):
    """PKCE: the code was given for another challenge."""
    issuer.asked = {}
    sent_to = oidc.begin(client)
    elsewhere = sent_to.replace("code_challenge=", "code_challenge=x")

    assert oidc.come_back(client, elsewhere).status_code == 502
    assert not get_user_model().objects.exists()


DISCOVERIES = {
    "another name": ({"issuer": "https://evil.example"}, 403, "another name"),
    "token over plain http": ({"token_endpoint": "http://evil.example/token"}, 502, "did not come to its end"),
    "keys over plain http": ({"jwks_uri": "http://evil.example/keys"}, 502, "did not come to its end"),
    "people over plain http": ({"userinfo_endpoint": "http://evil.example/me"}, 502, "did not come to its end"),
    "no keys": ({"jwks_uri": ""}, 502, "did not come to its end"),
}


@pytest.mark.parametrize(("told", "status", "sentence"), DISCOVERIES.values(), ids=DISCOVERIES)
def test_what_a_provider_may_not_say_of_itself(client, issuer, told, status, sentence):
    issuer.discovery = told

    answer = client.post(reverse("openid_connect_login", args=["sso"]))

    assert (answer.status_code, sentence in answer.content.decode()) == (status, True)


def test_a_provider_that_does_not_answer_is_told(client, settings, monkeypatch):
    settings.SOCIALACCOUNT_PROVIDERS = oidc.configured(f"http://127.0.0.1:{oidc.free_port()}", monkeypatch)

    answer = client.post(reverse("openid_connect_login", args=["sso"]))

    assert answer.status_code == 502
    assert "did not come to its end" in answer.content.decode()


@pytest.mark.parametrize("said", [False, None, "true", "false", 1])
def test_an_address_is_proved_by_a_plain_yes_alone(client, issuer, said):
    issuer.userinfo["email_verified"] = said

    assert log_in(client)["Location"] == reverse("account_email_verification_sent")
    assert not client.get("/").wsgi_request.user.is_authenticated


def test_a_yes_in_the_token_is_not_for_an_address_beside_it(client, issuer):
    issuer.claims = {"email": "ada@alma.example", "email_verified": True}
    issuer.userinfo = {"preferred_username": "ada", "email": "other@alma.example"}

    assert log_in(client)["Location"] == reverse("account_email_verification_sent")


@pytest.mark.parametrize(
    "issuer_address", ["http://alma.example", "ftp://alma.example", "alma.example", "http://127.0.0.1.evil.example"]
)
def test_an_issuer_is_reached_over_https(issuer_address):
    with pytest.raises(ImproperlyConfigured, match="https"):
        account_settings._provider(issuer_address)


def test_another_issuers_numbers_are_other_people(client, issuer, settings, monkeypatch):
    log_in(client)
    client.logout()
    with oidc.own_issuer() as other:
        other.userinfo = {"email": "eve@alma.example", "email_verified": True, "preferred_username": "eve"}
        settings.SOCIALACCOUNT_PROVIDERS = oidc.configured(other.address, monkeypatch)
        log_in(client)

    assert client.get("/").wsgi_request.user.username == "eve"
