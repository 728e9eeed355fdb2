"""Whether an id token says the truth: who signed it, for whom, until when, and in answer to which question.

Only signatures by key pairs count.  With a shared secret, whoever knows the public key could sign with it; and what
is not signed at all was written by anybody.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import jwt

from archive.errors import ArchiveError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
REQUIRED = ("iss", "sub", "aud", "exp", "iat")
LEEWAY_SECONDS = 30

WRONG: dict[type[Exception], str] = {
    jwt.InvalidIssuerError: "it was issued by another service",
    jwt.InvalidAudienceError: "it was issued for another service than this",
    jwt.ExpiredSignatureError: "it has expired",
    jwt.ImmatureSignatureError: "it is of a time to come",
    jwt.InvalidSignatureError: "its signature is not the issuer's",
    jwt.MissingRequiredClaimError: "it leaves out what it must say",
}


class UntrustedTokenError(ArchiveError):
    status = 403
    code = "untrusted-token"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The identity provider's statement is not trusted: {why}.",
            "You are not logged in and nothing was changed. Try again; if it stays so, tell the helpdesk.",
        )


def nonce_of(verifier: str) -> str:
    """The question's mark, made from a secret that one browser's session keeps: an answer to another is seen."""
    digest = hashlib.sha256(b"nonce " + verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def verified(token: str, *, keys: Iterable[dict], issuer: str, audience: str, nonce: str) -> dict[str, Any]:
    """What the token says, or `UntrustedTokenError`."""
    header = _header(token)
    try:
        claims = jwt.decode(
            token,
            key=_key(keys, header),
            algorithms=[header["alg"]],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
    except jwt.PyJWTError as wrong:
        raise UntrustedTokenError(WRONG.get(type(wrong), "it cannot be read")) from wrong
    _require_ours(claims, audience, nonce)
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as wrong:
        raise UntrustedTokenError("it cannot be read") from wrong
    if header.get("alg") not in ALGORITHMS:
        raise UntrustedTokenError("it is not signed with the issuer's private key")
    return header


def _key(keys: Iterable[dict], header: dict[str, Any]) -> jwt.PyJWK:
    """The issuer's key that the token names; a token that names none is good if the issuer has but one."""
    fitting = [key for key in keys if _fits(key, header)]
    if len(fitting) != 1:
        raise UntrustedTokenError("it is not signed with a key of the issuer")
    return jwt.PyJWK(fitting[0], algorithm=header["alg"])


def _fits(key: dict, header: dict[str, Any]) -> bool:
    family = {"R": "RSA", "P": "RSA", "E": "EC"}[header["alg"][0]]
    kinds = {"OKP"} if header["alg"] == "EdDSA" else {family}
    return (
        key.get("kty") in kinds
        and key.get("use", "sig") == "sig"
        and key.get("alg", header["alg"]) == header["alg"]
        and ("kid" not in header or key.get("kid") == header["kid"])
    )


def _require_ours(claims: dict[str, Any], audience: str, nonce: str) -> None:
    """What the library leaves open: the party it was issued to, the question it answers, and that it names somebody."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", "" if several else audience) != audience:
        raise UntrustedTokenError("it was issued for another service than this")
    if claims.get("nonce") != nonce:
        raise UntrustedTokenError("it answers another log-in than this")
    if not claims["sub"]:
        raise UntrustedTokenError("it names nobody")
