"""Calls the control routes of the parts: what they know, and when they have nothing left to do."""

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

from devstack.stack.process import PartProcess

A_YEAR = 366 * 24 * 3600


class Controls:
    """Knows the parts that run, and asks them over `http`, which whoever starts them opens."""

    http: ClientSession

    def __init__(self) -> None:
        """Know no part yet."""
        self.parts: dict[str, PartProcess] = {}

    def facts(self, part: str) -> Mapping[str, Any]:
        """Return what a part said when it was ready."""
        return self.parts[part].facts

    async def token(self, role: str | None = None, **claims: object) -> str:
        """Return what somebody brings who signed in: `admin`, `reader`, or anyone else."""
        wish = {"role": role, "claims": claims}

        return str(
            (await self.control("POST", self.facts("identity")["token"], wish))["access_token"]
        )

    async def settle(self, seconds: float = 60) -> None:
        """Wait until no event is under way and no message waits, is locked or is due some day."""
        dataverse, servicebus = self.facts("dataverse")["url"], self.facts("servicebus")["view"]
        patience = {"timeout": str(seconds)}
        await self.control("GET", f"{dataverse}/_devstack/events/idle", params=patience)
        await self.control("GET", f"{servicebus}idle", params={**patience, "horizon": str(A_YEAR)})

    async def incoming(self, least: int = 0, *, seconds: float = 120) -> int:
        """Return how many changes came to Service Bus, as soon as there are so many."""
        url = f"{self.facts('servicebus')['view']}queues/changes"
        query = {"incoming": str(least), "timeout": str(seconds)}

        return int((await self.control("GET", url, params=query))["incoming"])

    async def control(
        self, method: str, url: str, body: object = None, params: Mapping[str, str] | None = None
    ) -> Any:  # noqa: ANN401 - whatever JSON the control route answers
        """Call a control route of a part and return its JSON answer."""
        async with self.http.request(method, url, json=body, params=params) as answer:
            if not answer.ok:
                raise AssertionError(f"{method} {url}: {answer.status} {await answer.text()}")

            return await answer.json(content_type=None)
