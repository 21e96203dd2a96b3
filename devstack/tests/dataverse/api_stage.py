"""A simulator that listens, and a client that knows its way in."""

import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp

from devstack.dataverse import DataverseOptions, DataverseSimulator
from devstack.dataverse.events.operation import Operation

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """Return the body as JSON."""
        found: Json = json.loads(self.body)
        return found

    @property
    def rows(self) -> list[Json]:
        """Return the rows of a page."""
        found: list[Json] = self.json["value"]
        return found

    @property
    def code(self) -> str:
        """Return the code of an error."""
        return str(self.json["error"]["code"])

    @property
    def id(self) -> str:
        """Return the id of the row that was written."""
        return self.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


class Ear:
    """Listens to operations instead of the webhooks."""

    def __init__(self) -> None:
        self.heard: list[Operation] = []

    def on_operations(self, operations: Sequence[Operation]) -> None:
        """Remember what was told."""
        self.heard.extend(operations)

    def take(self) -> list[tuple[str, str, str]]:
        """Return what was heard since the last time: message, table, id."""
        taken: list[tuple[str, str, str]] = [
            (one.message, one.table, one.row_id) for one in self.heard
        ]
        self.heard.clear()
        return taken


class Stage:
    """The simulator, what it told about itself, and a client with a token."""

    def __init__(
        self, simulator: DataverseSimulator, facts: Json, http: aiohttp.ClientSession
    ) -> None:
        self.simulator = simulator
        self.facts = facts
        self.http = http
        self.token = ""
        self.ear = Ear()
        simulator.environment.listener = self.ear

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the Web API with the token."""
        url = f"{self.facts['url']}/api/data/v9.2/{path}"
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        data = body if isinstance(body, bytes) else None
        kwargs: Json = {"data": data} if data is not None or body is None else {"json": body}
        async with self.http.request(method, url, headers=sent, params=params, **kwargs) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **params: str) -> Answer:
        """Read, with query options by their names without the dollar."""
        options = {f"${name}": text for name, text in params.items()}
        return await self.call("GET", path, params=options)

    async def make(self, set_name: str, **columns: object) -> str:
        """Create a row and return its id."""
        answer = await self.call("POST", set_name, columns)
        assert answer.status == 204, answer.body
        return answer.id

    async def control(self, method: str, path: str, body: object = None) -> Answer:
        """Call a control route."""
        async with self.http.request(
            method, f"{self.facts['url']}/_devstack/{path}", json=body, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def authenticate(self, **fields: str) -> Answer:
        """Ask for a token; fields replace what a good request would say."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.facts["client_id"],
            "client_secret": self.facts["client_secret"],
            "scope": f"{self.facts['url']}/.default",
            **fields,
        }
        async with self.http.post(self.facts["token_url"], data=form) as answer:
            return Answer(answer.status, answer.headers, await answer.read())


@contextlib.asynccontextmanager
async def staged(**options: Any) -> AsyncIterator[Stage]:  # noqa: ANN401 -- any option
    """Run a simulator for as long as the block."""
    simulator = DataverseSimulator(DataverseOptions(**options))
    facts = await simulator.start()
    try:
        async with aiohttp.ClientSession() as http:
            stage = Stage(simulator, dict(facts), http)
            stage.token = (await stage.authenticate()).json["access_token"]
            yield stage
    finally:
        await simulator.stop()
