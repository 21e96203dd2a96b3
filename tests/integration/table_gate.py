"""A gate before Table Storage that lets through what its owner allows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from devstack.stack.azurite import port_of
from tests.integration.conftest import Local

HOP_BY_HOP = frozenset(
    {"connection", "content-encoding", "content-length", "transfer-encoding", "accept-encoding"}
)
LARGEST_BODY = 4 * 1024 * 1024

type Refuse = Callable[[str, str], tuple[int, str] | None]
"""Says for a method and a path with which status and code it is refused, if it is."""


type Say = Callable[[str, str], str | None]
"""Says for a method and a path which body the service gives with a good status, if not its own."""


def say_nothing(_: str, __: str) -> None:
    return None


def say_of_table(name: str, body: str) -> Say:
    """Let whatever is read of one table be this."""
    return lambda method, path: body if method == "GET" and f"/{name}(" in path else None


def refuse_nothing(_: str, __: str) -> None:
    return None


def refuse_writes(method: str, _: str) -> tuple[int, str] | None:
    """Refuse what an identity that may only read is refused."""
    return None if method == "GET" else (403, "AuthorizationPermissionMismatch")


def refuse_table(name: str) -> Refuse:
    """Let one table be away."""
    return lambda _, path: (503, "ServerBusy") if f"/{name}" in path else None


@dataclass(slots=True)
class TableGate:
    """The gate, before the tables of a stack; while it is not `open` nothing is answered."""

    port: int
    refuse: Refuse = field(default=refuse_nothing)
    say: Say = field(default=say_nothing)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_on(self, request: web.Request) -> web.Response:
        """Refuse a request in the words of the service, or pass it on as it came."""
        body = await request.read()
        await self.open.wait()
        if (refusal := self.refuse(request.method, request.path)) is not None:
            status, code = refusal
            error = {"code": code, "message": {"lang": "en-US", "value": code}}
            return web.json_response({"odata.error": error}, status=status)

        if (said := self.say(request.method, request.path)) is not None:
            kind = "text/html" if said.startswith("<") else "application/json"
            return web.Response(text=said, content_type=kind)

        url = URL(f"http://127.0.0.1:{self.port}{request.raw_path}", encoded=True)
        async with (
            aiohttp.ClientSession(auto_decompress=False) as http,
            http.request(
                request.method, url, data=body or None, headers=_kept(request.headers)
            ) as answer,
        ):
            return web.Response(
                status=answer.status, body=await answer.read(), headers=_kept(answer.headers)
            )


@asynccontextmanager
async def gate_before(local: Local) -> AsyncIterator[TableGate]:
    """Start the host of a stack anew behind a gate, and without it in the end."""
    connection = local.stack.settings["TablesConnection"]
    gate = TableGate(port_of(connection))
    gate.open.set()
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", gate.pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    await _restart(local, connection.replace(f":{gate.port}", f":{port}"))
    try:
        yield gate
    finally:
        gate.refuse, gate.say = refuse_nothing, say_nothing
        gate.open.set()
        await local.stack.settle()
        await _restart(local, connection)
        await runner.cleanup()


async def _restart(local: Local, connection: str) -> None:
    await local.stack.stop_host()
    local.stack.settings["TablesConnection"] = connection
    await local.stack.start_host()


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
