"""Somebody who looks at Spotler's screen: waits for people to be there, and reads what is there."""

import asyncio
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import ClientSession


class NotThereError(AssertionError):
    """Says that Spotler did not show in time what was waited for."""


class SpotlerWatch:
    """Reads the simulator's control view; the API itself could not be waited on."""

    def __init__(self, http: ClientSession, spotler: Mapping[str, Any]) -> None:
        """Take what the Spotler simulator said when it was ready."""
        self._http = http
        self._url = f"{spotler['url']}/_devstack"

    async def until(
        self, external_id: str, *, seconds: float = 30, **properties: object
    ) -> dict[str, Any]:
        """Return a contact as soon as it has these values; raises `NotThereError` in the end."""
        wanted = [{"property": name, "equals": str(value)} for name, value in properties.items()]
        contact: dict[str, Any] = {}
        for query in wanted or [{}]:
            url = f"{self._url}/contacts/{external_id}"
            async with self._http.get(url, params=query | {"timeout": str(seconds)}) as answer:
                if answer.status != HTTPStatus.OK:
                    raise NotThereError(f"{external_id} was not {properties} in {seconds} s")

                contact = dict(await answer.json())

        return contact

    async def until_all(
        self, people: Iterable[str], *, seconds: float = 30, **properties: object
    ) -> None:
        """Wait for many contacts at once."""
        await asyncio.gather(*(self.until(one, seconds=seconds, **properties) for one in people))

    async def contacts(self) -> dict[str, dict[str, Any]]:
        """Return all contacts by external id."""
        return await self._get("contacts")

    async def permit(self, external_id: str, bit: int) -> None:
        """Give a permission, as the person does with a form of Spotler's."""
        url = f"{self._url}/contacts/{external_id}/permissions/{bit}"
        async with self._http.put(url, json={"enabled": True}) as answer:
            answer.raise_for_status()

    async def calls(self, operation: str) -> int:
        """Return how often an operation was called since the calls were last forgotten."""
        calls = (await self._get("calls"))["calls"]

        return sum(calls.get(operation, {}).values())

    async def forget_calls(self) -> None:
        """Begin to count calls anew."""
        async with self._http.delete(f"{self._url}/calls") as answer:
            answer.raise_for_status()

    async def _get(self, what: str) -> dict[str, Any]:
        async with self._http.get(f"{self._url}/{what}") as answer:
            answer.raise_for_status()

            return dict(await answer.json())
