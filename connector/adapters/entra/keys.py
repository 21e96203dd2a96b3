"""The keys with which Entra signs: fetched once a day, and again for a key that is new."""

import asyncio
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from pydantic import BaseModel, ValidationError

from connector.adapters.entra.models import KeySet, OpenIdConfiguration, PublicKey
from connector.adapters.http_body import exchange
from connector.domain.errors import ConfigurationError, TransientError

FRESH_SECONDS: Final = 24 * 3600.0
UNKNOWN_PAUSE_SECONDS: Final = 5 * 60.0
"""Is how long strangers with made-up key ids wait before we ask Entra again."""

FAILED_PAUSE_SECONDS: Final = 5.0
LARGEST_ANSWER: Final = 256 * 1024

_TIMEOUT: Final = 10.0


class SigningKeys:
    """Knows the public keys of one issuer by their ids."""

    def __init__(
        self,
        issuer: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the issuer; nothing is fetched before the first token."""
        self._issuer = issuer
        self._transport = transport
        self._clock = clock
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> PyJWK | None:
        """Return a key, or None where Entra has none of that id as far as we know."""
        if self._is_fresh() and kid in self._keys:
            return self._keys[kid]

        async with self._lock:
            if self._may_fetch(kid):
                await self._fetch()
            elif self._has_failed():
                raise TransientError("Entra must show its keys; it did not a moment ago")

        return self._keys.get(kid)

    def _is_fresh(self) -> bool:
        return self._fetched is not None and self._clock() - self._fetched < FRESH_SECONDS

    def _may_fetch(self, kid: str) -> bool:
        """Tell whether it is time; who waited for another's fetch finds here what it brought."""
        if self._is_fresh() and kid in self._keys:
            return False
        if self._tried is None:
            return True

        pause = UNKNOWN_PAUSE_SECONDS if self._is_fresh() else FAILED_PAUSE_SECONDS

        return self._clock() - self._tried >= pause

    def _has_failed(self) -> bool:
        return self._tried is not None and self._fetched != self._tried

    async def _fetch(self) -> None:
        self._tried = started = self._clock()
        async with httpx.AsyncClient(
            transport=self._transport, timeout=_TIMEOUT, follow_redirects=False
        ) as client:
            configuration = await self._get(
                client, f"{self._issuer}/.well-known/openid-configuration", OpenIdConfiguration
            )
            published = await self._get(client, self._check(configuration), KeySet)

        self._keys = {one.kid: key for one in published.keys if (key := _to_key(one)) is not None}
        self._fetched = started

    def _check(self, configuration: OpenIdConfiguration) -> str:
        """Return where the keys are: at the issuer's own host, under the issuer's own name."""
        if configuration.issuer != self._issuer:
            raise ConfigurationError("Entra must issue tokens under the name that we know")
        host = httpx.URL(self._issuer).copy_with(path="/")
        if not configuration.jwks_uri.startswith(str(host)):
            raise ConfigurationError("Entra must keep its keys at its own host")

        return configuration.jwks_uri

    async def _get[T: BaseModel](self, client: httpx.AsyncClient, url: str, model: type[T]) -> T:
        try:
            request = client.build_request("GET", url)
        except httpx.InvalidURL as exc:
            raise TransientError("Entra must name the address of its keys") from exc

        response, body = await exchange(
            client, request, who="Entra", seconds=_TIMEOUT, largest=LARGEST_ANSWER
        )
        _check_status(response.status_code)
        try:
            return model.model_validate_json(body)
        except ValidationError as exc:
            raise TransientError("Entra must answer with its configuration and keys") from exc


def _check_status(status: int) -> None:
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        raise ConfigurationError("Entra must know the tenant")
    if status != HTTPStatus.OK:
        raise TransientError(f"Entra must be able to answer (status {status})")


def _to_key(published: PublicKey) -> PyJWK | None:
    if (published.kty, published.use) != ("RSA", "sig"):
        return None

    try:
        return PyJWK(published.model_dump(), algorithm="RS256")
    except PyJWTError:
        return None
