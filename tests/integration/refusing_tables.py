"""A way to the tables on which writes can be refused, or their answers lost."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from tests.integration.conftest import Local

SETTING: Final = "TablesConnection"
BUSY: Final = {
    "odata.error": {"code": "ServerBusy", "message": {"lang": "en-US", "value": "Try again."}}
}

_PORT = re.compile(r"(TableEndpoint=http://127\.0\.0\.1:)(\d+)")
_TABLE = re.compile(r"/devstoreaccount1/(\w+)")
_OF_THE_WAY = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "keep-alive",
        "transfer-encoding",
    }
)


class Write(StrEnum):
    """Tells what becomes of a write."""

    MADE = "made"
    REFUSED = "refused"
    LOST = "made, and answered as if it was not"


class RefusingTables:
    """Stands before Azurite; `ahead` holds what becomes of the next writes of a table."""

    def __init__(self, port: int) -> None:
        self.ahead: dict[str, list[Write]] = {}
        self._port = port

    async def forward(self, request: web.Request) -> web.Response:
        write = self._next(request)
        if write is Write.REFUSED:
            return _busy()

        body = await request.read()
        url = URL(f"http://127.0.0.1:{self._port}{request.raw_path}", encoded=True)
        async with (
            aiohttp.ClientSession() as http,
            http.request(
                request.method, url, data=body or None, headers=_handed_on(request.headers)
            ) as answer,
        ):
            content = await answer.read()
            headers = _handed_on(answer.headers)

        if write is Write.LOST:
            return _busy()

        return web.Response(status=answer.status, body=content, headers=headers)

    def _next(self, request: web.Request) -> Write:
        found = _TABLE.match(request.path)
        ahead = self.ahead.get(found[1]) if found else None

        return ahead.pop(0) if ahead and request.method != "GET" else Write.MADE


@asynccontextmanager
async def refusing_tables(local: Local) -> AsyncIterator[RefusingTables]:
    """Lead the host to its tables by a way that refuses, until all is over."""
    straight = local.stack.settings[SETTING]
    found = _PORT.search(straight)
    assert found is not None
    tables = RefusingTables(int(found[2]))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", tables.forward)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await _restart(local, _PORT.sub(rf"\g<1>{runner.addresses[0][1]}", straight))
        yield tables
        await _restart(local, straight)
    finally:
        await runner.cleanup()


async def _restart(local: Local, connection: str) -> None:
    await local.stack.stop_host()
    local.stack.settings[SETTING] = connection
    await local.stack.start_host()


def _handed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in _OF_THE_WAY
    )


def _busy() -> web.Response:
    return web.json_response(BUSY, status=HTTPStatus.SERVICE_UNAVAILABLE)
