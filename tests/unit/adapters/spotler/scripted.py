"""A Spotler that says what a test tells it to, and remembers what it was asked."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from connector.adapters.spotler.client import SpotlerClient
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.application.spotler_credentials import GivenCredentials
from connector.domain.connection import Credentials, Secret
from connector.domain.errors import System

BASE = "https://spotler.test/integrationservice"
WHO = GivenCredentials(Credentials("key", Secret("secret")))
PROPERTIES_PATH = "/contact/properties/list"
PROPERTIES = Path("tests/payloads/spotler/contact_properties.json").read_bytes()

type Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class ScriptedSpotler:
    """Gives the answers of a path in turn, and the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self._answers: dict[str, list[Answer]] = {}
        self.on(PROPERTIES_PATH, httpx.Response(200, content=PROPERTIES))

    def on(self, path: str, *answers: Answer) -> None:
        self._answers[path] = list(answers)

    def client(
        self,
        *,
        dialect: SpotlerDialect | None = None,
        worked: Callable[[System], None] | None = None,
    ) -> SpotlerClient:
        transport = httpx.MockTransport(self.answer)

        return SpotlerClient(BASE, WHO, transport=transport, dialect=dialect, worked=worked)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(0)  # others get their turn, as with a network
        answers = self._answers[path_of(request)]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer

        return answer(request) if callable(answer) else answer

    def bodies(self, path: str) -> list[dict[str, object]]:
        return [json.loads(one.content) for one in self.requests if path_of(one) == path]

    @property
    def calls(self) -> Counter[str]:
        return Counter(map(path_of, self.requests))


def path_of(request: httpx.Request) -> str:
    """Return the path below the base, encoded as it was sent."""
    return request.url.raw_path.decode().partition("?")[0].removeprefix("/integrationservice")


def refusal(status: int, error_type: str, message: str = "") -> httpx.Response:
    """Return a refusal in Spotler's shape."""
    return httpx.Response(status, json={"errorType": error_type, "message": message})
