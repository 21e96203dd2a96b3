"""Somebody who works in Dynamics: writes rows through the Web API, as any client of it would."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

SETS = {
    "account": "accounts",
    "contact": "contacts",
    "lead": "leads",
    "systemuser": "systemusers",
    "team": "teams",
}
API = "/api/data/v9.2"
QUALIFIED = 3
"""The status that QualifyLead gives a lead."""

AT_ONCE = 8
"""How many writes a burst has under way at the same time."""

type Row = Mapping[str, Any]


class CrmUser:
    """Creates, changes and deletes people in Dataverse, and the rows that they point to."""

    def __init__(self, http: ClientSession, dataverse: Mapping[str, Any]) -> None:
        """Take what the Dataverse simulator said when it was ready."""
        self._http = http
        self._facts = dataverse
        self._token: str | None = None

    async def create(self, table: str, **columns: object) -> str:
        """Create a row and return its id."""
        key = f"{table}id"
        row = await self._call(
            "POST", f"/{SETS[table]}?$select={key}", columns, Prefer="return=representation"
        )

        return str(row[key])

    async def update(
        self, table: str, row: str, *, tag: str | None = None, **columns: object
    ) -> None:
        """Change columns of a row; a tag travels with the events of the change."""
        query = f"?tag={tag}" if tag else ""
        path = f"/{SETS[table]}({row}){query}"

        await self._call("PATCH", path, columns, **{"If-Match": "*"})

    async def delete(self, table: str, row: str) -> None:
        """Delete a row."""
        await self._call("DELETE", f"/{SETS[table]}({row})")

    async def update_all(self, table: str, rows: Mapping[str, Row]) -> None:
        """Change many rows, some at a time."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(row: str, columns: Row) -> None:
            async with limit:
                await self.update(table, row, **columns)

        await asyncio.gather(*(one(row, columns) for row, columns in rows.items()))

    async def qualify(self, lead: str, *, makes_contact: bool = True) -> str | None:
        """Qualify a lead and return the id of the contact that came of it, if one did."""
        await self._call(
            "POST",
            f"/leads({lead})/Microsoft.Dynamics.CRM.QualifyLead",
            {
                "CreateAccount": False,
                "CreateContact": makes_contact,
                "CreateOpportunity": False,
                "Status": QUALIFIED,
            },
        )
        row = await self._call("GET", f"/leads({lead})?$select=_parentcontactid_value")

        return row["_parentcontactid_value"] if row.get("_parentcontactid_value") else None

    async def rows(self, table: str, *columns: str) -> dict[str, dict[str, Any]]:
        """Return all rows of a table by id, with some columns."""
        key = f"{table}id"
        path = f"/{SETS[table]}?$select={','.join((key, *columns))}"
        found: dict[str, dict[str, Any]] = {}
        while path:
            page = await self._call("GET", path)
            found |= {row[key]: row for row in page["value"]}
            path = page.get("@odata.nextLink", "").partition(API)[2]

        return found

    async def count(self, table: str) -> int:
        """Return how many rows a table has, without reading any."""
        path = f"/RetrieveTotalRecordCount(EntityNames=['{table}'])"
        [count] = (await self._call("GET", path))["EntityRecordCountCollection"]["Values"]

        return int(count)

    async def _call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> dict[str, Any]:
        self._token = self._token or await self._sign_in()
        headers |= {"Authorization": f"Bearer {self._token}", "OData-Version": "4.0"}
        url = f"{self._facts['url']}{API}{path}"
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            if answer.status >= 400:  # noqa: PLR2004 - HTTP's own border
                raise RuntimeError(f"{method} {path}: {answer.status} {await answer.text()}")

            return dict(await answer.json()) if answer.content_length else {}

    async def _sign_in(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._facts["client_id"],
            "client_secret": self._facts["client_secret"],
            "scope": f"{self._facts['url']}/.default",
        }
        async with self._http.post(self._facts["token_url"], data=form) as answer:
            answer.raise_for_status()

            return str((await answer.json())["access_token"])
