"""Faults on demand, the same switches for every simulated vendor.

A fault is one JSON object; what is left out does not restrict:

    {"path": "/contact/list", "method": "POST", "kind": "status", "status": 500,
     "times": 3, "after": 10, "rate": 0.2, "retry_after": 1, "seconds": 0.05,
     "body": "<h1>Blocked</h1>", "content_type": "text/html"}

`kind` is `status` (answer that status, in the vendor's form or with the given `body`), `reset`
(drop the connection), `reset_after` (do the work, then drop the connection), `latency` (wait
`seconds`, then go on) or `garbage` (answer 200 with nonsense). `path` is a prefix of the path,
`times` how often it strikes, `after` how many matching requests go free first, `rate` the chance
that it strikes.
"""

import asyncio
import dataclasses
import math
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Literal, get_args, get_type_hints

from aiohttp import web

from devstack.json_reading import read_json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Kind = Literal["status", "reset", "reset_after", "latency", "garbage"]

CONTROL = "/_devstack/faults"


@dataclasses.dataclass(slots=True)
class Fault:
    """One switch; `times` and `after` count down as it is used."""

    kind: Kind = "status"
    path: str = "/"
    method: str | None = None
    status: int = 500
    times: int | None = None
    after: int = 0
    rate: float = 1.0
    retry_after: float | None = None
    seconds: float = 0.0
    body: str | None = None
    content_type: str = "text/html"

    def strikes(self, request: web.Request, dice: random.Random) -> bool:
        """Decide whether this request is hit, and count it."""
        if not request.path.startswith(self.path) or self.times == 0:
            return False

        if self.method is not None and request.method != self.method:
            return False

        if self.after > 0:
            self.after -= 1
            return False

        if dice.random() >= self.rate:
            return False

        if self.times is not None:
            self.times -= 1

        return True


_LOWEST = {"status": 200, "times": 0, "after": 0, "rate": 0, "retry_after": 0, "seconds": 0}
_HIGHEST = {"status": 599, "rate": 1}
_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED)


def parse_faults(wanted: object) -> list[Fault]:
    """Return the faults of a JSON list, or raise ValueError with what is wrong with one."""
    if not isinstance(wanted, list):
        raise ValueError("a list is wanted")  # noqa: TRY004  # the caller tells values from bugs

    return [_parse_fault(one) for one in wanted]


def _parse_fault(wanted: object) -> Fault:
    if not isinstance(wanted, dict):
        raise ValueError("each fault must be an object")  # noqa: TRY004  # as above

    kinds = get_type_hints(Fault)
    for name, value in wanted.items():
        if name not in kinds:
            raise ValueError(f"a fault has no {name}")

        _check_type(name, value, kinds[name])
        _check_range(name, value)

    fault = Fault(**wanted)
    if fault.body is not None and (fault.kind != "status" or fault.status in _BODILESS):
        raise ValueError("a body needs the kind status, and a status that can have one")

    return fault


def _check_type(name: str, value: object, kind: object) -> None:
    if kind is Kind:
        if value not in get_args(Kind):
            raise ValueError(f"{name} must be one of {', '.join(get_args(Kind))}")

        return

    allowed = get_args(kind) or (kind,)
    # JSON writes a whole number without its point.
    if type(value) not in (*allowed, *((int,) if float in allowed else ())):
        names = " or ".join("null" if one is type(None) else one.__name__ for one in allowed)
        raise ValueError(f"{name} must be of type {names}")


def _check_range(name: str, value: object) -> None:
    if not isinstance(value, int | float):
        return

    if not _LOWEST[name] <= value <= _HIGHEST.get(name, math.inf):
        limit = f" and at most {_HIGHEST[name]}" if name in _HIGHEST else ""
        raise ValueError(f"{name} must be at least {_LOWEST[name]}{limit}")

    if name == "status" and value not in HTTPStatus:
        raise ValueError(f"{value} is no status of HTTP")


class Faults:
    """The switches of one simulator, set in code or over HTTP at `/_devstack/faults`."""

    def __init__(
        self, throttled: Callable[[Fault], web.StreamResponse] | None = None, seed: int = 0
    ) -> None:
        """Take the vendor's own way to answer a status, and the seed of the dice."""
        self.active: list[Fault] = []
        self.struck = 0
        self._answer = throttled or _plain
        self._dice = random.Random(seed)

    def set(self, *faults: Fault) -> None:
        """Replace all switches."""
        self.active = list(faults)

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes: GET shows, PUT replaces with a list, DELETE clears."""
        return [
            web.get(CONTROL, self._show),
            web.put(CONTROL, self._replace),
            web.delete(CONTROL, self._clear),
        ]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Strike requests that a switch names; control routes are never hit."""
        if request.path.startswith("/_devstack/"):
            return await handler(request)

        for fault in self.active:
            if not fault.strikes(request, self._dice):
                continue

            self.struck += 1
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
                continue

            return await self._strike(fault, request, handler)

        return await handler(request)

    async def _strike(
        self, fault: Fault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        if fault.kind == "reset":
            return _reset(request)

        if fault.kind == "reset_after":
            await handler(request)
            return _reset(request)

        if fault.kind == "garbage":
            return web.Response(text="<html>\x00 not what you asked for", content_type="text/html")

        return self._answer(fault) if fault.body is None else _given(fault, fault.body)

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"struck": self.struck, "faults": [dataclasses.asdict(f) for f in self.active]}
        )

    async def _replace(self, request: web.Request) -> web.Response:
        try:
            self.set(*parse_faults(read_json(await request.read())))
        except ValueError as exc:
            raise web.HTTPBadRequest(text=f"not a list of faults: {exc}\n") from exc

        return await self._show(request)

    async def _clear(self, request: web.Request) -> web.Response:
        self.set()
        return await self._show(request)


def _plain(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, headers=retry_headers(fault))


def _given(fault: Fault, body: str) -> web.Response:
    """Answer what somebody on the way would, such as a proxy with a page of its own."""
    headers = retry_headers(fault) | {"Content-Type": fault.content_type}

    return web.Response(status=fault.status, body=body.encode(), headers=headers)


def retry_headers(fault: Fault) -> dict[str, str]:
    """Return the Retry-After header of a fault, or nothing."""
    return {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}


def _reset(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        transport.abort()

    return web.Response()
