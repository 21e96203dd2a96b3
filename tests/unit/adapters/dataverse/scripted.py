"""A Dataverse that says what a test tells it to, and remembers what it was asked."""

from collections.abc import Mapping

import httpx

from connector.adapters.dataverse.client import DataverseClient

BASE = "https://spotler-demo.crm4.dynamics.com"
API = f"{BASE}/api/data/v9.2"

type Answer = httpx.Response | Exception


def a_page(*rows: Mapping[str, object], next_link: str | None = None) -> httpx.Response:
    """Return an answer with rows, and where the next ones are."""
    link = {"@odata.nextLink": next_link} if next_link else {}

    return httpx.Response(200, json={"value": list(rows), **link})


def a_refusal(status: int, code: str, message: str, **headers: str) -> httpx.Response:
    """Return an answer in which Dataverse says no."""
    body = {"error": {"code": code, "message": message}}

    return httpx.Response(status, json=body, headers=headers)


def no_column(name: str, table: str = "contact") -> httpx.Response:
    """Return what Dataverse answers to a column that it does not have."""
    message = f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."

    return a_refusal(400, "0x80060888", message)


class NumberedTokens:
    """Gives the next number for each token that was refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.is_closed = False

    async def get(self, *, refused: str | None = None) -> str:
        if refused is not None:
            self.refused.append(refused)

        return f"token-{len(self.refused)}"

    async def close(self) -> None:
        self.is_closed = True


class ScriptedDataverse:
    """Gives its answers in turn, and the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[httpx.Request] = []
        self.tokens = NumberedTokens()
        self._answers = list(answers)

    def client(self) -> DataverseClient:
        transport = httpx.MockTransport(self.answer)

        return DataverseClient(BASE, self.tokens, transport=transport)

    def answer(self, request: httpx.Request) -> httpx.Response:
        # What a request held when it was sent: the client puts a new token on the same one.
        sent = httpx.Request(request.method, request.url, headers=request.headers.multi_items())
        self.requests.append(sent)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer

        # A response is read once; what is given again is made again.
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)
