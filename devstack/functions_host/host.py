"""The host: it loads an app, listens to everything that triggers it, and drains in the end."""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from devstack.functions_host.admin import Admin
from devstack.functions_host.connections import Connections
from devstack.functions_host.errors import HostError
from devstack.functions_host.functions import HTTP, HostedFunction
from devstack.functions_host.hostfile import HostFile
from devstack.functions_host.http_functions import HttpFunctions
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.keys import Keys, new_key
from devstack.functions_host.options import HostOptions
from devstack.functions_host.outputs import QueueOutputs
from devstack.functions_host.queues import Queues
from devstack.functions_host.settings import Settings
from devstack.functions_host.timer_status import TimerStatus
from devstack.functions_host.timers import Timers
from devstack.functions_host.worker import Worker
from devstack.serving import listen

_log = logging.getLogger(__name__)
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings
_LARGEST_BODY_SETTING = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"
_LARGEST_BODY = 100 * 1024**2
_DRAIN_SECONDS = 4.5
_HOSTNAME = "WEBSITE_HOSTNAME"


class FunctionsHost:
    """Host one function app; a process can host one app only."""

    def __init__(self, options: HostOptions) -> None:
        self._options = options
        self._settings = Settings.read(options.settings)
        self._largest_body = _largest_body(self._settings)
        self._file = HostFile.read(options.root / "host.json")
        self._connections = Connections(self._settings, self._file.service_bus)
        self._outputs = QueueOutputs(self._connections)
        self._worker = Worker()
        self._invocations = Invocations(self._worker, self._outputs, self._file.function_timeout)
        self._draining = False
        self.overdue = False
        """Say after stop() whether something still runs that would not end."""

    async def start(self) -> dict[str, object]:
        """Load the app, open its queues, listen, and return the address and the keys."""
        began = time.perf_counter()
        self._lent = self._settings.lend()
        loaded = await self._worker.load(self._options.root.resolve())
        functions = [one for one in loaded if not self._settings.is_disabled(one.name)]
        keys = self._keys(functions)
        self._build(functions, keys)
        try:
            await asyncio.gather(self._outputs.open(functions), self._queues.open())
            url = await self._listen()
        except BaseException:
            await self._close()
            raise

        facts = self._facts(functions, keys, url)
        seconds = time.perf_counter() - began
        _log.info("hosting %d functions at %s after %.1f s", len(functions), facts["url"], seconds)

        return facts

    async def stop(self) -> None:
        """Take nothing new, finish what runs, give back what was not begun, and close."""
        _log.info("draining")
        self._draining = True
        for site in list(self._runner.sites):
            await site.stop()
        await self._timers.stop()
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.gather(self._queues.finish(), self._invocations.finish())
        except TimeoutError:
            self.overdue = True
            _log.warning("some functions still run after %.1f s and are cut off", _DRAIN_SECONDS)

        await asyncio.gather(self._runner.cleanup(), self._close())
        _log.info("stopped")

    def _build(self, functions: Sequence[HostedFunction], keys: Keys) -> None:
        invocations = self._invocations
        self._queues = Queues(functions, self._connections, self._file.service_bus, invocations)
        self._timers = Timers(
            functions, self._settings, invocations, TimerStatus(self._options.timer_status)
        )
        self._http = HttpFunctions(
            functions, prefix=self._file.route_prefix, keys=keys, invocations=invocations
        )
        self._admin = Admin(functions, self._timers, keys=keys, invocations=invocations)

    async def _listen(self) -> str:
        app = web.Application(client_max_size=self._largest_body)
        app.router.add_route("*", r"/{path:[\s\S]*}", self._answer)
        try:
            # Azure leaves a body as it is, whatever its headers say.
            self._runner, port = await listen(
                app, self._options.host, self._options.port, inflates=False
            )
        except OSError as error:
            raise HostError(f"the port cannot be opened: {error.strerror}") from error

        # Azure and Core Tools tell an app under which name it is reached.
        os.environ[_HOSTNAME] = f"{self._options.host}:{port}"
        self._queues.listen()
        if self._options.timers:
            self._timers.listen()

        return f"http://{self._options.host}:{port}"

    async def _answer(self, request: web.Request) -> web.Response:
        if self._draining:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if request.path.startswith("/admin/"):
            return await self._admin.answer(request)

        return await self._http.answer(request)

    async def _close(self) -> None:
        await asyncio.gather(self._queues.close(), self._outputs.close())
        await self._connections.close()
        self._settings.take_back(self._lent)
        os.environ.pop(_HOSTNAME, None)

    def _keys(self, functions: Sequence[HostedFunction]) -> Keys:
        given = self._options
        own = {one.name: new_key() for one in functions if one.kind == HTTP} | dict(given.keys)

        return Keys(
            given.master_key or new_key(),
            given.function_key or new_key(),
            own,
            enforced=given.auth,
        )

    def _facts(
        self, functions: Sequence[HostedFunction], keys: Keys, url: str
    ) -> dict[str, object]:
        return {
            "part": "functions_host",
            "url": url,
            "functions": [self._fact(function, keys) for function in functions],
            "function_key": keys.function,
            "master_key": keys.master,
            "pid": os.getpid(),
        }

    def _fact(self, function: HostedFunction, keys: Keys) -> dict[str, object]:
        if function.kind != HTTP:
            return {"name": function.name, "type": function.kind, "route": None}

        route = "/".join(part for part in (self._file.route_prefix, function.route) if part)

        return {
            "name": function.name,
            "type": function.kind,
            "route": f"/{route}",
            "key": keys.of_functions[function.name],
        }


def _largest_body(settings: Settings) -> int:
    said = settings.find(_LARGEST_BODY_SETTING)
    if said is None:
        return _LARGEST_BODY
    if not said.isdecimal() or not int(said):
        raise HostError(f"the setting '{_LARGEST_BODY_SETTING}' must be a number of bytes")

    return int(said)
