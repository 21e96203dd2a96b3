"""An answer is read whole, in time, and up to a size; every failure passes."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from connector.adapters.http_body import exchange
from connector.domain.errors import TransientError

type Handler = Callable[[httpx.Request], httpx.Response]


class Body(httpx.AsyncByteStream):
    """Gives pieces, hangs when told so, and knows whether it was closed."""

    def __init__(self, *pieces: bytes, hangs: bool = False) -> None:
        self.is_closed = False
        self._pieces = pieces
        self._hangs = hangs

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._hangs:
            await asyncio.Event().wait()

    async def aclose(self) -> None:
        self.is_closed = True


async def ask(handler: Handler, *, seconds: float = 5) -> tuple[httpx.Response, bytes]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        request = client.build_request("GET", "https://vendor.test/")

        return await exchange(client, request, who="the vendor", seconds=seconds, largest=10)


def breaks(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route to 10.0.0.1")


@pytest.mark.parametrize("status", [200, 404, 503])
async def test_answer_is_whole(status: int) -> None:
    """
    Whatever the status, the body is there in full, up to the largest size.
    """
    body = Body(b"12345", b"67890")

    response, content = await ask(lambda _: httpx.Response(status, stream=body))

    assert (response.status_code, content) == (status, b"1234567890")
    assert body.is_closed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(Body(b"12345", b"678901"), "not answer with more than 10 bytes", id="large"),
        pytest.param(Body(b"12345", hangs=True), r"answer within 0\.5 s", id="slow"),
    ],
)
async def test_bad_answer_is_let_go(body: Body, said: str) -> None:
    """
    What is too large or too slow is given up, and its connection is free again.
    """
    with pytest.raises(TransientError, match=f"^the vendor must {said}"):
        await ask(lambda _: httpx.Response(200, stream=body), seconds=0.5)

    assert body.is_closed


async def test_broken_line_is_told_by_its_kind() -> None:
    """
    A failure on the way is told without an address.
    """
    with pytest.raises(TransientError) as caught:
        await ask(breaks)

    assert str(caught.value) == "the vendor must be reachable (ConnectError)"
