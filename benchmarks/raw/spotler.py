"""The Spotler simulator alone, under httpx and oauthlib as the connector uses them."""

import json
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any

import httpx
from oauthlib.oauth1 import Client

from benchmarks.raw.running import running
from benchmarks.timing import one_by_one, per_second

LIST = 100
AT_ONCE = 4
CONNECTIONS = 8
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}

type Contact = Mapping[str, Any]


async def contacts_per_second(contacts: Sequence[Contact]) -> float:
    """Return how many contacts Spotler takes in a second, in full lists, some at a time."""
    lists = [_to_list(some) for some in batched(contacts, LIST, strict=False)]
    async with _client() as http:
        await _post(http, lists[0])
        calls = await per_second(lists, lambda one: _post(http, one), at_once=AT_ONCE)

        return calls * len(contacts) / len(lists)


async def contact_durations(contacts: Sequence[Contact]) -> list[float]:
    """Return the seconds in which Spotler takes single contacts, one by one."""
    lists = [_to_list([contact]) for contact in contacts]
    async with _client() as http:
        await _post(http, lists[0])
        return await one_by_one(lists, lambda one: _post(http, one))


class _OAuth1(httpx.Auth):
    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._signer = Client(facts["consumer_key"], client_secret=facts["consumer_secret"])

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        _, headers, _ = self._signer.sign(str(request.url), http_method="POST")
        request.headers["Authorization"] = headers["Authorization"]

        yield request


@asynccontextmanager
async def _client() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with (
        running("devstack.spotler") as facts,
        httpx.AsyncClient(
            base_url=facts["base"], auth=_OAuth1(facts), headers=HEADERS, limits=limits
        ) as http,
    ):
        yield http


def _to_list(contacts: Sequence[Contact]) -> Contact:
    """Return the call that brought these contacts to the Spotler of the stack."""
    told = [{name: one[name] for name in ("externalId", "properties")} for one in contacts]

    return {"update": True, "purge": False, "contacts": told}


async def _post(http: httpx.AsyncClient, body: Contact) -> None:
    answer = await http.post("/contact/list", content=json.dumps(body).encode())
    answer.raise_for_status()
    if any(one["code"] != "OK" for one in answer.json()):
        raise RuntimeError("Spotler must take every contact")
