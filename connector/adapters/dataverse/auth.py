"""Tokens for Dataverse: fetched once, used until shortly before they end, renewed on refusal."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

import httpx
from pydantic import ValidationError

from connector.adapters.dataverse.models import TokenAnswer, TokenRefusal
from connector.adapters.http_body import exchange
from connector.domain.errors import ConfigurationError, TransientError

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential

USED_SHARE: Final = 0.9
"""Is how much of a token's life we use: of an hour, all but the last six minutes."""

LARGEST_ANSWER: Final = 64 * 1024
TIMEOUT: Final = 15.0

_REFUSED: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)


class Tokens(Protocol):
    """Gives tokens that Dataverse takes."""

    async def get(self, *, refused: str | None = None) -> str:
        """Return a token, and not the one that was refused."""

    async def close(self) -> None:
        """Free what is held open."""


@dataclass(frozen=True, slots=True)
class _Token:
    """Is a token and the moment from which we ask for a new one."""

    value: str = field(repr=False)
    used_until: float


class CachedTokens(ABC):
    """Keeps one token, and lets one caller at a time fetch the next."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        """Take the clock by which tokens grow old."""
        self._clock = clock
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    async def get(self, *, refused: str | None = None) -> str:
        """Return a token, and not the one that was refused."""
        token = self._find_usable(refused)
        if token is not None:
            return token

        async with self._lock:
            return self._find_usable(refused) or await self._renew()

    def _find_usable(self, refused: str | None) -> str | None:
        token = self._token
        if token is None or token.value == refused or token.used_until <= self._clock():
            return None

        return token.value

    async def _renew(self) -> str:
        value, lifetime = await self._fetch()
        self._token = _Token(value, self._clock() + lifetime * USED_SHARE)

        return value

    @abstractmethod
    async def _fetch(self) -> tuple[str, float]:
        """Return a new token and the seconds for which it is good."""


class ClientSecretTokens(CachedTokens):
    """Signs in as an app registration with a secret.

    Not by azure-identity, which refuses the plain http of a local stack.
    """

    def __init__(
        self,
        *,
        authority: str,
        tenant: str,
        client_id: str,
        secret: str,
        scope: str,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take who we are, and where that is known."""
        super().__init__(clock=clock)
        self._url = f"{authority.rstrip('/')}/{tenant}/oauth2/v2.0/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": scope,
        }
        self._transport = transport

    async def close(self) -> None:
        """Do nothing: nothing is held open."""

    async def _fetch(self) -> tuple[str, float]:
        response, body = await self._post()
        if response.status_code in _REFUSED:
            raise _to_refusal(response.status_code, body)
        if response.status_code != HTTPStatus.OK:
            raise TransientError(f"Entra must be able to answer (status {response.status_code})")

        try:
            answer = TokenAnswer.model_validate_json(body)
        except ValidationError as error:
            raise TransientError("Entra must answer with a token") from error

        return answer.access_token, answer.expires_in

    async def _post(self) -> tuple[httpx.Response, bytes]:
        """Ask Entra, by a client of its own: once in an hour is too seldom to keep one.

        https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
        """
        async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT) as client:
            request = client.build_request("POST", self._url, data=self._form)
            return await exchange(
                client, request, who="Entra", seconds=TIMEOUT, largest=LARGEST_ANSWER
            )


class ManagedIdentityTokens(CachedTokens):
    """Signs in as the identity that Azure gives to the app."""

    def __init__(
        self,
        client_id: str | None,
        scope: str,
        *,
        credential: "ManagedIdentityCredential | None" = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the identity's client id, or None for the one that belongs to the app alone."""
        super().__init__(clock=clock)
        self._client_id = client_id
        self._scope = scope
        self._credential = credential

    async def close(self) -> None:
        """Free what is held open."""
        if self._credential is not None:
            await self._credential.close()

    async def _fetch(self) -> tuple[str, float]:
        # Half a second of imports that a local stack never needs.
        from azure.core.exceptions import AzureError  # noqa: PLC0415 -- lazy, as said above
        from azure.identity import CredentialUnavailableError  # noqa: PLC0415 -- the same
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 -- the same

        if self._credential is None:
            self._credential = ManagedIdentityCredential(client_id=self._client_id)

        try:
            async with asyncio.timeout(TIMEOUT):
                token = await self._credential.get_token(self._scope)
        except CredentialUnavailableError as error:
            raise ConfigurationError("the app must have a managed identity") from error
        except (AzureError, TimeoutError) as error:
            raise TransientError("the managed identity must give a token") from error

        return token.token, token.expires_on - self._clock()


def _to_refusal(status: int, body: bytes) -> ConfigurationError:
    """Name Entra's error and its number, by which an operator finds the remedy."""
    try:
        refusal = TokenRefusal.model_validate_json(body)
    except ValidationError:
        refusal = TokenRefusal()

    numbers = [f"AADSTS{number}" for number in refusal.error_codes]
    reason = " ".join([refusal.error or f"status {status}", *numbers])

    return ConfigurationError(f"Entra must accept the tenant, client id and secret ({reason})")
