"""A caller that signs with oauthlib, so that no mistake of ours can confirm itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlencode

import aiohttp
from oauthlib.oauth1 import Client
from yarl import URL

from devstack.spotler import SpotlerSimulator

type _Method = Literal["GET", "POST", "PUT", "DELETE"]

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `data` is None when there was no body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def data(self) -> Any:  # noqa: ANN401  # JSON, and a test knows of which shape
        return json.loads(self.text) if self.text else None

    @property
    def error(self) -> str:
        return str(self.data["errorType"])


class Caller:
    """Calls one simulator, through the API and through its controls."""

    def __init__(
        self,
        simulator: SpotlerSimulator,
        facts: Mapping[str, object],
        session: aiohttp.ClientSession,
    ) -> None:
        self.simulator = simulator
        self.account = simulator.account
        self.facts = facts
        self.session = session
        self.root = str(facts["url"])
        self.named: dict[str, object] = {}
        self.base = str(facts["base"])

    def pinned(self) -> "Caller":
        """Return a caller of the 1.1.0 base."""
        caller = Caller(self.simulator, self.facts, self.session)
        caller.base = str(self.facts["base_1_1_0"])

        return caller

    def other(self, key: str, secret: str) -> "Caller":
        """Return a caller of another account."""
        facts = {**self.facts, "consumer_key": key, "consumer_secret": secret}
        caller = Caller(self.simulator, facts, self.session)
        caller.named = {"account": key}

        return caller

    async def get(self, path: str, **query: object) -> Answer:
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: object) -> Answer:
        return await self.call("POST", path, body=body)

    async def put(self, path: str, body: object = None) -> Answer:
        return await self.call("PUT", path, body=body)

    async def delete(self, path: str) -> Answer:
        return await self.call("DELETE", path)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
    ) -> Answer:
        """Sign and send."""
        url = self.url(path, query)
        headers = {"Accept": JSON, **self.sign(method, url)}
        data = None if method in ("GET", "DELETE") else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = JSON

        return await self.send(method, url, headers=headers, data=data)

    def url(self, path: str, query: Mapping[str, object] | None = None) -> str:
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")

    def sign(self, method: str, url: str, **how: str) -> dict[str, str]:
        """Return the Authorization header, made by another implementation than the simulator's."""
        return dict(self.signer(**how).sign(url, http_method=cast("_Method", method))[1])

    def signer(self, **how: str) -> Client:
        """Return the other implementation, with the simulator's credentials unless told so."""
        credentials = {
            "client_key": str(self.facts["consumer_key"]),
            "client_secret": str(self.facts["consumer_secret"]),
        }

        return Client(**(credentials | how))

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: object = None,
    ) -> Answer:
        """Send exactly this, signed or not."""
        async with self.session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            data=data,
            skip_auto_headers=("Accept", "Content-Type"),
        ) as response:
            return Answer(response.status, response.headers, await response.text())

    async def control(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        """Call a control route, which takes no signature."""
        query = {**self.named, **query}
        url = f"{self.root}/_devstack{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()

        return await self.send(method, url, data=data)

    async def has(self, external_id: str, **properties: object) -> None:
        """Put a contact there through the API."""
        answer = await self.post("/contact", upsert(external_id, **properties))
        assert answer.status == 204, answer.text

    async def properties(self, external_id: str) -> dict[str, Any]:
        """Return the properties of a contact as the API shows them."""
        answer = await self.get(f"/contact/{external_id}")
        assert answer.status == 200, answer.text

        return dict(answer.data["properties"])


def a_contact(external_id: str | None, **properties: object) -> dict[str, object]:
    """Return a contact to send."""
    return {"externalId": external_id, "properties": properties}


def upsert(external_id: str | None, **properties: object) -> dict[str, object]:
    """Return a request that inserts or changes a contact."""
    return {"update": True, "purge": False, "contact": a_contact(external_id, **properties)}
