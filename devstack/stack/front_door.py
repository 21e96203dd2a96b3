"""What stands before the functions in Azure: hands requests to a host that runs, or says 503."""

import itertools
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, TCPConnector, web

from devstack.serving import listen

HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})


class FrontDoor:
    """Spreads requests over the hosts in `targets`, which may change at any time."""

    def __init__(self) -> None:
        """Begin without hosts."""
        self.targets: list[str] = []
        self.url = ""
        self._turn = itertools.count()

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._session = ClientSession(connector=TCPConnector(limit=64))
        self._runner, port = await listen(app, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Free the port."""
        await self._runner.cleanup()
        await self._session.close()

    async def _forward(self, request: web.Request) -> web.Response:
        if not self.targets:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)

        target = self.targets[next(self._turn) % len(self.targets)]
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP}
        try:
            async with self._session.request(
                request.method,
                target + request.path_qs,
                data=await request.read(),
                headers=headers,
            ) as answer:
                return web.Response(status=answer.status, body=await answer.read())
        except (ClientError, OSError):
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
