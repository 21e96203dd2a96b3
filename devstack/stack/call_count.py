"""Counts what the connector asks of Dataverse, Spotler and the tables."""

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from devstack.stack.stack import Stack

TABLE_REQUEST = re.compile(rb'"[A-Z]+ /devstoreaccount1/?(\w*)\S* HTTP/1\.1" [0-9]{3}')
API = "/api/data/v9.2"
LEFT = "x-ms-ratelimit-burst-remaining-xrm-requests"
SETTLED_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Calls:
    """Is how often each was called; what the counting itself calls is left out."""

    dataverse: int
    spotler: int
    tables: int

    @property
    def total(self) -> int:
        """Return all of them together."""
        return self.dataverse + self.spotler + self.tables


class CallCount:
    """Counts from the moment when it is made, on a stack with a limit and a table access log.

    What Dataverse was asked shows in what is left of the requests that it grants the connector.
    """

    def __init__(self, stack: Stack, *, without: Collection[str] = ()) -> None:
        """Take the stack, and tables whose calls do not count; `begun` begins to count."""
        self._stack = stack
        self._without = without
        self._token = ""
        self._before = Calls(0, 0, 0)

    @classmethod
    async def begun(cls, stack: Stack, *, without: Collection[str] = ()) -> Self:
        """Return a count that is at nought."""
        one = cls(stack, without=without)
        one._token = await one._sign_in()
        one._before = await one._read()

        return one

    async def read(self) -> Calls:
        """Return the calls since the beginning."""
        now, before = await self._read(), self._before

        return Calls(
            now.dataverse - before.dataverse - 1,
            now.spotler - before.spotler,
            now.tables - before.tables,
        )

    async def _read(self) -> Calls:
        await asyncio.sleep(SETTLED_SECONDS)  # the last lines of the log are on their way

        return Calls(await self._dataverse(), await self._spotler(), self._tables())

    async def _dataverse(self) -> int:
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self._stack.facts('dataverse')['url']}{API}/WhoAmI"
        async with self._stack.http.get(url, headers=headers, raise_for_status=True) as answer:
            return -int(answer.headers[LEFT])

    async def _spotler(self) -> int:
        url = f"{self._stack.facts('spotler')['url']}/_devstack/calls"
        calls = (await self._stack.control("GET", url))["calls"]

        return sum(count for statuses in calls.values() for count in statuses.values())

    def _tables(self) -> int:
        called = TABLE_REQUEST.findall(self._stack.parts["azurite"].log.read_bytes())

        return sum(table.decode() not in self._without for table in called)

    async def _sign_in(self) -> str:
        facts = self._stack.facts("dataverse")
        form = {
            "grant_type": "client_credentials",
            "client_id": facts["client_id"],
            "client_secret": facts["client_secret"],
            "scope": f"{facts['url']}/.default",
        }
        async with self._stack.http.post(
            facts["token_url"], data=form, raise_for_status=True
        ) as answer:
            return str((await answer.json())["access_token"])
