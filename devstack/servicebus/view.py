"""A window on the queues over HTTP, for people and for tests, with the switches of the faults."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from aiohttp import web

from devstack.servicebus.faults import Refusal, check_amount
from devstack.servicebus.namespace import Namespace
from devstack.servicebus.queue import Queue
from devstack.servicebus.telling import state_of, tell_message, tell_queue


class View:
    """The routes of the view."""

    def __init__(self, namespace: Namespace) -> None:
        self._queues = namespace.queues
        self._faults = namespace.faults
        self._violations = namespace.violations
        self._waiting: set[asyncio.Future[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return every route."""
        return [
            web.get("/", self._overview),
            web.get("/queues", self._overview),
            web.get("/queues/{name}", self._counts),
            web.get("/queues/{name}/messages", self._messages),
            web.get("/queues/{name}/journal", self._journal),
            web.get("/idle", self._idle),
            web.delete("/messages", self._clear),
            web.get("/faults", self._show_faults),
            web.post("/faults", self._set_faults),
            web.delete("/faults", self._clear_faults),
        ]

    def changed(self) -> None:
        """Wake who waits for the queues to be as they want them."""
        if not self._waiting:
            return

        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def _overview(self, _: web.Request) -> web.Response:
        """Show every queue, and why connections were closed by the broker."""
        return web.json_response(
            {
                "queues": [tell_queue(queue) for queue in self._queues.values()],
                "violations": list(self._violations),
            }
        )

    async def _counts(self, request: web.Request) -> web.Response:
        """Show a queue, on wish as soon as so many messages came in."""
        queue = self._queue(request)
        incoming = _number(request, "incoming", 0.0)
        came = await self._in_time(request, lambda: queue.incoming >= incoming)
        status = HTTPStatus.OK if came else HTTPStatus.REQUEST_TIMEOUT

        return web.json_response(tell_queue(queue), status=status)

    async def _messages(self, request: web.Request) -> web.Response:
        """Show what is in a queue and in its dead letters."""
        queue = self._queue(request)
        shown = [tell_message(one, state_of(queue, one)) for one in queue.store.all()]
        if queue.dead_letters is not None:
            buried = queue.dead_letters.store.all()
            shown += [tell_message(one, "dead_lettered") for one in buried]

        return web.json_response({"messages": shown})

    async def _journal(self, request: web.Request) -> web.Response:
        """Show the last messages that a queue accepted, whatever became of them."""
        queue = self._queue(request)
        shown = [tell_message(one, state_of(queue, one)) for one in queue.journal]

        return web.json_response({"messages": shown})

    async def _idle(self, request: web.Request) -> web.Response:
        queues = self._queues.values()
        horizon = _number(request, "horizon", 0.0)
        if await self._in_time(request, lambda: all(one.is_idle(horizon) for one in queues)):
            return web.json_response({"idle": True})

        shown = [tell_queue(queue) for queue in queues]

        return web.json_response(
            {"idle": False, "queues": shown}, status=HTTPStatus.REQUEST_TIMEOUT
        )

    async def _in_time(self, request: web.Request, holds: Callable[[], bool]) -> bool:
        """Wait until something holds, and tell whether it does in the time of the request."""
        try:
            async with asyncio.timeout(_number(request, "timeout", 10.0)):
                await self._until(holds)
        except TimeoutError:
            return False

        return True

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)

    async def _clear(self, _: web.Request) -> web.Response:
        """Forget every message, dead letter and id."""
        for queue in self._queues.values():
            for one in (queue, queue.dead_letters):
                if one is not None:
                    one.clear()
        self._violations.clear()

        return web.json_response({})

    async def _show_faults(self, _: web.Request) -> web.Response:
        faults = self._faults
        return web.json_response(
            {
                "struck": faults.struck,
                "latency": faults.latency,
                "refuse_sends": _shown(faults.sends),
                "refuse_connections": _shown(faults.connections),
            }
        )

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            wanted = await request.json()
        except ValueError as exc:
            raise web.HTTPBadRequest(text=f"faults must be JSON: {exc}") from exc

        known = {"drop_connections", "latency", "refuse_sends", "refuse_connections"}
        if not isinstance(wanted, dict) or not wanted or set(wanted) - known:
            raise web.HTTPBadRequest(text=f"a fault must be one of {', '.join(sorted(known))}")

        try:
            self._set(wanted)
        except (TypeError, ValueError) as exc:
            raise web.HTTPBadRequest(text=f"not a fault: {exc}") from exc

        return await self._show_faults(request)

    def _set(self, wanted: Mapping[str, Any]) -> None:
        if "latency" in wanted:
            self._faults.latency = check_amount("latency", wanted["latency"])
        if "refuse_sends" in wanted:
            self._faults.sends = Refusal(**wanted["refuse_sends"])
        if "refuse_connections" in wanted:
            self._faults.connections = Refusal(**wanted["refuse_connections"])
        if wanted.get("drop_connections"):
            self._faults.drop_connections()

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()

        return await self._show_faults(request)

    def _queue(self, request: web.Request) -> Queue:
        name = request.match_info["name"].lower()
        if name not in self._queues:
            raise web.HTTPNotFound(text=f"no queue is called {name}")

        return self._queues[name]


def _number(request: web.Request, name: str, standard: float) -> float:
    text = request.query.get(name)
    if text is None:
        return standard

    try:
        return float(text)
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"{name} must be a number of seconds") from exc


def _shown(refusal: Refusal | None) -> dict[str, object] | None:
    if refusal is None:
        return None

    # JSON has no infinity, and what begins with a line is nobody's business.
    return {
        name: value
        for name, value in asdict(refusal).items()
        if value != math.inf and not name.startswith("_")
    }
