"""What stands before the functions in Azure: hands requests to a host that runs.

A request that comes while no host runs waits for one, as it does in a cold start; one whose host
dies under it is answered 502.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, TCPConnector, web
from multidict import CIMultiDict

from devstack.serving import listen

HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})
"""Speaks of one connection, and so is not handed on."""

PATIENCE_SECONDS = 30


class FrontDoor:
    """Spreads requests over the hosts that run, which may change at any time."""

    def __init__(self) -> None:
        """Begin without hosts."""
        self.url = ""
        self._targets: Sequence[str] = ()
        self._is_open = asyncio.Event()
        self._turn = itertools.count()

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", r"/{path:[\s\S]*}", self._forward)
        self._session = ClientSession(connector=TCPConnector(limit=64), auto_decompress=False)
        self._runner, port = await listen(app, "127.0.0.1", 0, inflates=False)
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Free the port."""
        await self._runner.cleanup()
        await self._session.close()

    def lead_to(self, targets: Sequence[str]) -> None:
        """Hand requests to these hosts from now on."""
        self._targets = targets
        if targets:
            self._is_open.set()
        else:
            self._is_open.clear()

    async def _forward(self, request: web.Request) -> web.Response:
        try:
            await asyncio.wait_for(self._is_open.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)

        target = self._targets[next(self._turn) % len(self._targets)]
        try:
            async with self._session.request(
                request.method,
                target + request.path_qs,
                data=await request.read(),
                headers=_handed_on(request.headers),
                allow_redirects=False,
            ) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    headers=_handed_on(answer.headers),
                )
        except (ClientError, OSError):
            return web.Response(status=HTTPStatus.BAD_GATEWAY)


def _handed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """Return all that is said from end to end, each name as often as it comes."""
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP)
