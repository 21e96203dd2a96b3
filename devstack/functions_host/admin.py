"""The host's own routes: run a timer or queue function by hand, and say how the host is.

https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
"""

import json
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from aiohttp import web
from azure.functions.meta import Datum

from devstack.functions_host import metadata
from devstack.functions_host.functions import HTTP, TIMER, HostedFunction
from devstack.functions_host.http_functions import offered_key
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.keys import AuthLevel, Keys
from devstack.functions_host.timers import Timers


class Admin:
    """Answer requests below /admin, which all want the master key."""

    def __init__(
        self,
        functions: Iterable[HostedFunction],
        timers: Timers,
        *,
        keys: Keys,
        invocations: Invocations,
    ) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._timers = timers
        self._keys = keys
        self._invocations = invocations
        self._started = time.monotonic()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request; what this host does not have gets 501."""
        if not self._keys.admit(AuthLevel.ADMIN, offered_key(request)):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)

        match request.method, request.path.strip("/").lower().split("/"):
            case "GET", ["admin", "host", "status"]:
                return self._status()
            case "POST", ["admin", "functions", name]:
                return await self._run(name, await request.read())

        return _refusal(HTTPStatus.NOT_IMPLEMENTED, "this host does not have that route")

    def _status(self) -> web.Response:
        uptime = int((time.monotonic() - self._started) * 1000)

        return web.json_response(
            {"id": "devstack", "state": "Running", "version": "4.0", "processUptime": uptime}
        )

    async def _run(self, name: str, body: bytes) -> web.Response:
        function = self._functions.get(name)
        if function is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if function.kind == HTTP:
            return _refusal(HTTPStatus.NOT_IMPLEMENTED, "call an HTTP function by its route")

        text = _input(body)
        if text is None:
            return _refusal(HTTPStatus.BAD_REQUEST, 'the body must be {"input": "..."}')

        if function.kind == TIMER:
            self._timers.fire(function.name)
        else:
            self._invocations.start(self._invocations.run(function, *_message(function, text)))

        return web.Response(status=HTTPStatus.ACCEPTED)


def _input(body: bytes) -> str | None:
    try:
        content = json.loads(body)
    except ValueError:
        return None

    text = content.get("input", "") if isinstance(content, dict) else None

    return text if isinstance(text, str) else None


def _message(function: HostedFunction, text: str) -> tuple[Datum, Mapping[str, Datum]]:
    """Return the data of a message that was never on a queue."""
    facts = metadata.made_up_facts()
    binary = function.is_binary
    if function.takes_many:
        return metadata.many_bodies([text.encode()], binary=binary), metadata.many([facts])

    return metadata.one_body(text.encode(), binary=binary), metadata.one(facts)


def _refusal(status: HTTPStatus, reason: str) -> web.Response:
    return web.json_response({"message": reason}, status=status)
