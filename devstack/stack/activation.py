"""Connects the connector with the demonstration keys: by its own route, or by what it reads.

A licence that has ended cannot be entered, so what a stack with one begins with is written where
the connector looks: a row in two tables, and a line in the file of secrets.
"""

import contextlib
import datetime as dt
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import ClientSession
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient

from devstack.stack.demonstration_licence import demonstration_licence

ROUTE = "/api/manage/connection"
CONFIG_PAGE = "/api/config"
NOBODY = "the local stack"

TRIES = 10
"""Tables that went away are made anew, each by the call after the one that finds it gone."""

LATER = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Is what a call is told that finds a table gone: by itself, or in one of its checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationLicence:
    """Is a licence that a stack begins with: how many days are left, fewer than none when ended."""

    edition: str = "full"
    days: float = 365

    @property
    def can_be_entered(self) -> bool:
        """Tell whether the connector takes it: that needs a licence that runs."""
        return self.days > 0

    def code_for(self, organisation: str) -> str:
        """Return the code."""
        return demonstration_licence(organisation, edition=self.edition, days=self.days)


FULL = DemonstrationLicence()
TRIAL = DemonstrationLicence(edition="trial")
EXPIRING = DemonstrationLicence(days=12)
GRACE = DemonstrationLicence(days=-3)
EXPIRED = DemonstrationLicence(days=-30)


@dataclass(frozen=True, slots=True)
class Activation:
    """Connects an organisation: knows what Spotler said when it was ready, and our settings."""

    spotler: Mapping[str, Any]
    organisation: str
    settings: Mapping[str, str]

    def values(self, licence: DemonstrationLicence = FULL) -> dict[str, str]:
        """Return what an administrator fills in."""
        return {
            "key": str(self.spotler["consumer_key"]),
            "secret": str(self.spotler["consumer_secret"]),
            "licence": licence.code_for(self.organisation),
        }

    async def tell(
        self, http: ClientSession, address: str, token: str, licence: DemonstrationLicence
    ) -> None:
        """Save the connection as an administrator does."""
        headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin"}
        # What a stack begins with takes the place of whatever was there before.
        said, values = "", {**self.values(licence), "replace_licence": True}
        for _ in range(TRIES):
            async with http.put(f"{address}{ROUTE}", json=values, headers=headers) as answer:
                if answer.ok:
                    return

                said = await answer.text()
                if answer.status not in LATER:
                    break

        raise RuntimeError(f"the connector must take the connection: {said}")

    async def write(self, licence: DemonstrationLicence) -> None:
        """Write the connection and the licence where the connector reads them."""
        version, values = uuid.uuid4().hex, self.values(licence)
        line = json.dumps({"version": version, "secret": values["secret"]})
        path = self.settings["SECRETS_FILE"]
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)

        row = {"key": values["key"], "secret_version": version, "saved_by": NOBODY}
        await self._put("settings", "connection", row | {"saved_at": dt.datetime.now(dt.UTC)})
        await self.write_licence(licence)

    async def write_licence(self, licence: DemonstrationLicence) -> None:
        """Put a licence, whatever it allows, where the connector reads it."""
        now = dt.datetime.now(dt.UTC)
        code = licence.code_for(self.organisation)
        await self._put(
            "licences", "licence", {"code": code, "first_seen": now, "highest_clock": now}
        )

    async def _put(self, name: str, row: str, columns: Mapping[str, Any]) -> None:
        tables = self.settings["TablesConnection"]
        async with TableServiceClient.from_connection_string(tables) as service:
            table = service.get_table_client(name)
            with contextlib.suppress(ResourceExistsError):
                await table.create_table()
            keys = {"PartitionKey": self.organisation, "RowKey": row}
            await table.upsert_entity(keys | dict(columns))
