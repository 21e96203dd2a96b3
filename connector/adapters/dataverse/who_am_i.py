"""A client of one organisation: Dataverse is called while it is proven to be that of the settings.

The address of the settings may lead to a copy or to an environment over which another was restored,
where the same ids are other rows, or none.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import httpx

from connector.adapters.dataverse.auth import Tokens
from connector.adapters.dataverse.client import READ, DataverseClient, to_object
from connector.adapters.dataverse.guid import find_guid
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import OrganisationId
from connector.domain.errors import (
    ConnectorError,
    RateLimitedError,
    System,
    TransientError,
    named,
)

PROVEN_SECONDS: Final = 60.0
"""How long a proof holds: one call a minute is its whole cost."""


class ProvenClient(DataverseClient):
    """A client that makes no call but to the organisation of the settings."""

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        organisation: OrganisationId,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[System], None] | None = None,
    ) -> None:
        """Take whose the environment must be, and a clock that never goes back."""
        super().__init__(url, tokens, transport=transport, timeout=timeout, worked=worked)
        self._organisation = find_guid(organisation)
        self._clock = clock
        self._proving = asyncio.Lock()
        self._proven_until = float("-inf")
        self._looks = 0
        self._failure: ConnectorError | None = None

    async def check(self) -> None:
        """Look now; raise when the CRM does not know us, or is another's."""
        began = self._clock()
        try:
            await self._look()
        except ConnectorError as exc:
            if isinstance(exc, OtherOrganisationError):
                self._proven_until = float("-inf")
            self._failure = exc
            self._looks += 1
            raise

        self._proven_until = began + PROVEN_SECONDS
        self._failure = None
        self._looks += 1

    async def prove(self) -> None:
        """Make sure now, for what must not rest on a proof of up to a minute ago."""
        await self.check()

    async def _send(self, request: httpx.Request) -> bytes:
        if not self._is_proven:
            await self._prove_for_all(self._looks)

        try:
            return await super()._send(request)
        except RateLimitedError:
            raise
        except TransientError:
            # An environment is away while another one is restored over it.
            self._proven_until = float("-inf")
            raise

    @property
    def _is_proven(self) -> bool:
        return self._clock() < self._proven_until

    async def _prove_for_all(self, looks: int) -> None:
        """Look, one caller at a time; who waited meanwhile shares what was found."""
        async with self._proving:
            if self._is_proven:
                return
            if self._failure is not None and self._looks != looks:
                raise self._failure

            await self.check()

    async def _look(self) -> None:
        """Ask which organisation the environment is.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami
        """
        request = self._http.build_request("GET", "WhoAmI", headers=READ)
        with named(System.DATAVERSE):
            answer = to_object(await super()._send(request))
            found = find_guid(answer.get("OrganizationId"))
            if found is None:
                raise TransientError("the CRM must say which organisation it is")
            if found != self._organisation:
                raise OtherOrganisationError

        self._note(System.DATAVERSE)
