"""An Entra of our own: it publishes keys, counts who asks for them, and signs what a test wants."""

import asyncio
import json
import time
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from connector.adapters.entra.keys import SigningKeys
from connector.adapters.entra.tokens import EntraSignIn

TENANT = "5f2b9c1e-7d34-4a86-b0e5-9c41d7f8a263"
APPLICATION = "3c8e1b7d-94f2-4d60-a5c3-7e0b2f19d846"
OTHER = "11111111-2222-3333-4444-555555555555"
PERSON = "0b6a2f4e-8c1d-4e7a-9f30-5d2c7b8a1e46"
HOST = "https://login.microsoftonline.com"
ISSUER = f"{HOST}/{TENANT}/v2.0"
CONFIGURATION_URL = f"{ISSUER}/.well-known/openid-configuration"
KEYS_URL = f"{HOST}/{TENANT}/discovery/v2.0/keys"

OURS = generate_private_key(public_exponent=65537, key_size=2048)
THEIRS = generate_private_key(public_exponent=65537, key_size=2048)
"""Is a key that nobody published."""


def published(key: RSAPrivateKey = OURS, kid: str = "ours", **members: str) -> dict[str, Any]:
    """Return the public half of a key as Entra shows it."""
    return {
        **RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": kid,
        "use": "sig",
        **members,
    }


def claims(**changes: object) -> dict[str, Any]:
    """Return what Entra claims of a reader; None leaves a claim out."""
    now = int(time.time())
    usual = {
        "iss": ISSUER,
        "aud": APPLICATION,
        "tid": TENANT,
        "azp": APPLICATION,
        "oid": PERSON,
        "ver": "2.0",
        "roles": ["Connector.Reader"],
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
    }

    return {name: value for name, value in (usual | changes).items() if value is not None}


def minted(
    key: RSAPrivateKey | str = OURS, alg: str = "RS256", kid: str | None = "ours", **changes: object
) -> str:
    """Return a signed token; without changes it is good."""
    headers = {} if kid is None else {"kid": kid}

    return jwt.api_jws.encode(json.dumps(claims(**changes)).encode(), key, alg, headers)


class Authority:
    """Answers as Entra does, or as a test told it to, one entry of `odd` a call."""

    def __init__(self) -> None:
        self.keys = [published()]
        self.configuration: dict[str, object] = {"issuer": ISSUER, "jwks_uri": KEYS_URL}
        self.odd: list[httpx.Response | Exception] = []
        self.asked: list[str] = []
        self.now = 1000.0

    @property
    def fetches(self) -> int:
        """Return how often somebody asked for the keys, whatever came of it."""
        return self.asked.count(CONFIGURATION_URL)

    def signing_keys(self) -> SigningKeys:
        return SigningKeys(
            ISSUER, transport=httpx.MockTransport(self._answer), clock=lambda: self.now
        )

    def sign_in(self, *clients: str) -> EntraSignIn:
        return EntraSignIn(
            self.signing_keys(),
            issuer=ISSUER,
            tenant=TENANT,
            application=APPLICATION,
            clients=[APPLICATION, *clients],
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        url = str(request.url)
        self.asked.append(url)
        if self.odd:
            odd = self.odd.pop(0)
            if isinstance(odd, Exception):
                raise odd

            return odd

        content = {CONFIGURATION_URL: self.configuration, KEYS_URL: {"keys": self.keys}}[url]

        return httpx.Response(200, json=content)
