"""The conversation with an OpenID Connect provider; the library of providers finds it by the name of this module.

allauth takes an id token that it has fetched itself without looking at the signature.  Here it is verified always, as
whoever can put himself between us and the provider, or in the place of one of its addresses, could write it.
"""

from functools import cached_property
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404
from requests import RequestException

from altiplano.accounts.id_tokens import UntrustedTokenError, nonce_of, verified
from altiplano.accounts.provided import ProviderFailedError

ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LONGEST_UID = 191


class Conversation(OpenIDConnectOAuth2Adapter):
    """One log-in: what the provider says about itself, then about the person."""

    @cached_property
    def openid_config(self):
        provider = self.get_provider()
        told = self._get(provider.server_url)
        if told.get("issuer") != provider.issuer:
            raise UntrustedTokenError("the provider calls itself by another name than the one that is configured")
        addresses = [told.get(name, "") for name in ADDRESSES]
        if not all(map(is_safe, [*addresses, told.get("userinfo_endpoint") or addresses[0]])):
            raise ProviderFailedError(provider.name)
        return told

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        self.nonce = nonce_of(pkce_code_verifier)
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request, app, token, **kwargs):
        claims = self._decode_id_token(app, kwargs["response"].get("id_token") or "")
        told = {"id_token": claims, "userinfo": {}}
        if address := self.openid_config.get("userinfo_endpoint"):
            told["userinfo"] = self._get(address, Authorization=f"Bearer {token.token}")
            if told["userinfo"].get("sub") != claims["sub"]:
                raise UntrustedTokenError("it and what the provider adds to it are about different people")
        return self.get_provider().sociallogin_from_response(request, told)

    def _decode_id_token(self, app, id_token):
        return verified(
            id_token,
            keys=self._get(self.openid_config["jwks_uri"]).get("keys", []),
            issuer=self.get_provider().issuer,
            audience=app.client_id,
            nonce=self.nonce,
        )

    def _get(self, address, **headers):
        """What is said at `address` itself: who is sent on from there has left the provider."""
        try:
            with get_adapter().get_requests_session() as session:
                response = session.get(address, headers=headers, allow_redirects=False)
                response.raise_for_status()
                told = response.json()
        except RequestException as failure:
            raise ProviderFailedError(self.get_provider().name) from failure
        if not isinstance(told, dict):
            raise ProviderFailedError(self.get_provider().name)
        return told


class Provider(OpenIDConnectProvider):
    oauth2_adapter_class = Conversation
    supports_token_authentication = False  # a token that a program brings answers no question of ours

    @property
    def issuer(self):
        return self.app.settings["server_url"]

    @property
    def server_url(self):
        return self.wk_server_url(self.issuer.rstrip("/"))

    def get_pkce_params(self):
        secret = super().get_pkce_params()
        return secret | {"nonce": nonce_of(secret["code_verifier"])}

    def get_auth_params_from_request(self, request, action):
        return self.get_auth_params()  # a link cannot change what is asked of the provider

    def get_scope_from_request(self, request):
        return self.get_scope()

    def extract_uid(self, data):
        """With the issuer: when another is configured, its numbers are other people's."""
        uid = f"{data['id_token']['iss']}#{data['id_token']['sub']}"
        if len(uid) > LONGEST_UID:
            raise UntrustedTokenError("it names a person by more letters than can be kept")
        return uid

    def extract_common_fields(self, data):
        return super().extract_common_fields({"userinfo": data["id_token"] | data["userinfo"]})

    def extract_email_addresses(self, data):
        """Verified is what the same part of the answer says to be so, in so many words."""
        told = next((part for part in (data["userinfo"], data["id_token"]) if isinstance(part.get("email"), str)), {})
        if not told:
            return []
        proved = told.get("email_verified") is True
        return [EmailAddress(email=told["email"], verified=proved, primary=True)]


def is_safe(address) -> bool:
    """https, or on this machine."""
    where = urlsplit(address)
    return where.scheme == "https" or (where.scheme == "http" and where.hostname in LOOPBACK)


def begin(request, provider_id):
    return _answer(OAuth2LoginView, request, provider_id)


def end(request, provider_id):
    return _answer(OAuth2CallbackView, request, provider_id)


def _answer(view, request, provider_id):
    try:
        return view.adapter_view(Conversation(request, provider_id))(request)
    except SocialApp.DoesNotExist as unknown:
        raise Http404 from unknown


provider_classes = [Provider]
