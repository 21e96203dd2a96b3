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
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient

from devstack.stack.demonstration_licence import demonstration_licence

ROUTE = "/api/manage/connection"
CONFIG_PAGE = "/api/config"
NOBODY = "the local stack"

TRIES = 3
"""Tables that went away are made anew by the call after the one that finds them gone."""


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


async def activate(
    http: ClientSession, address: str, token: str, values: Mapping[str, str]
) -> dict[str, Any]:
    """Save the connection as an administrator does, and return what the connector says of it."""
    headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin"}
    said = ""
    for _ in range(TRIES):
        async with http.put(f"{address}{ROUTE}", json=dict(values), headers=headers) as answer:
            if answer.ok:
                return dict(await answer.json())

            said = await answer.text()
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                break

    raise RuntimeError(f"the connector must take the connection: {said}")


async def write_connection(
    tables: str, secrets_file: Path, *, organisation: str, key: str, secret: str
) -> None:
    """Write the connection where the connector reads it."""
    version = uuid.uuid4().hex
    line = json.dumps({"version": version, "secret": secret})
    handle = os.open(secrets_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)

    await _write(
        tables,
        "settings",
        {
            "PartitionKey": organisation,
            "RowKey": "connection",
            "key": key,
            "secret_version": version,
            "saved_at": dt.datetime.now(dt.UTC),
            "saved_by": NOBODY,
        },
    )


async def write_licence(tables: str, *, organisation: str, code: str) -> None:
    """Write a licence, whatever it allows, where the connector reads it."""
    now = dt.datetime.now(dt.UTC)
    row = {"code": code, "first_seen": now, "highest_clock": now}
    await _write(tables, "licences", {"PartitionKey": organisation, "RowKey": "licence", **row})


async def _write(tables: str, name: str, row: Mapping[str, Any]) -> None:
    async with TableServiceClient.from_connection_string(tables) as service:
        table = service.get_table_client(name)
        with contextlib.suppress(ResourceExistsError):
            await table.create_table()
        await table.upsert_entity(dict(row))
