"""The HTTP side of the host: requests become invocations, and their results responses."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import combinations
from typing import Any

from aiohttp import web
from azure.functions.meta import Datum
from multidict import CIMultiDict

from devstack.functions_host.errors import HostError
from devstack.functions_host.functions import HTTP, HostedFunction
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.keys import AuthLevel, Keys
from devstack.functions_host.routes import Route, RouteTable, Template
from devstack.functions_host.worker import Outcome

_log = logging.getLogger(__name__)
_RESERVED = ("admin", "runtime")
_TEXT = "text/plain; charset=utf-8"
# The server sets these itself.
_OURS = {"content-length", "transfer-encoding"}


class HttpFunctions:
    """Answer requests for HTTP functions."""

    def __init__(
        self,
        functions: Iterable[HostedFunction],
        *,
        prefix: str,
        keys: Keys,
        invocations: Invocations,
    ) -> None:
        routes = [_route(function, prefix) for function in functions if function.kind == HTTP]
        _refuse_clashes(routes)
        self._routes = RouteTable(routes)
        self._keys = keys
        self._invocations = invocations

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request as Azure does: 404, 401, or whatever the function says."""
        found = self._routes.find(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)

        function, values = found
        level = AuthLevel(function.trigger.get("authLevel", AuthLevel.FUNCTION))
        if not self._keys.admit(level, offered_key(request), function.name):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)

        # A length that is too large is refused unread, and one that lies when it is passed.
        if (request.content_length or 0) > request.client_max_size:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = await request.read() if request.body_exists else b""
        data = _request_datum(request, values, body)
        outcome = await self._invocations.run(function, data, {})
        if not outcome.ok:
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)

        return _response(_result(function, outcome))


def offered_key(request: web.Request) -> str | None:
    """Return the key that a caller shows."""
    return request.headers.get("x-functions-key") or request.query.get("code")


def _route(function: HostedFunction, prefix: str) -> Route[HostedFunction]:
    if function.route.lower().startswith(_RESERVED):
        raise HostError(
            f"function '{function.name}': the specified route '{function.route}'"
            " conflicts with one or more built in routes"
        )

    return Route(
        Template.parse(f"{prefix}/{function.route}"),
        frozenset(function.trigger.get("methods", ())),
        function,
    )


def _refuse_clashes(routes: Iterable[Route[HostedFunction]]) -> None:
    for one, other in combinations(routes, 2):
        if one.clashes_with(other):
            raise HostError(
                f"functions '{one.target.name}' and '{other.target.name}' have the same route"
                f" '{one.template.text}' for the same methods"
            )


def _request_datum(request: web.Request, values: Mapping[str, str], body: bytes) -> Datum:
    return Datum(
        {
            "method": Datum(request.method, "string"),
            "url": Datum(f"{request.scheme}://{request.host}{request.raw_path}", "string"),
            "headers": _texts(_joined(request.headers.items(), lower=True)),
            # The host hands on no empty query values.
            "query": _texts({k: v for k, v in _joined(request.query.items()).items() if v}),
            "params": _texts(values),
            "body": Datum(body, "bytes"),
        },
        "http",
    )


def _joined(pairs: Iterable[tuple[str, str]], *, lower: bool = False) -> dict[str, str]:
    """Join the values of a name that comes more than once."""
    joined: dict[str, str] = {}
    for given, value in pairs:
        name = given.lower() if lower else given
        joined[name] = f"{joined[name]},{value}" if name in joined else value

    return joined


def _texts(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: Datum(value, "string") for name, value in values.items()}


def _result(function: HostedFunction, outcome: Outcome) -> Datum | None:
    """Return what the function returned, or set on its http output."""
    if outcome.returned is not None:
        return outcome.returned

    names = {output["name"] for output in function.outputs if output["type"] == "http"}

    return next((datum for name, datum in outcome.outputs if name in names), None)


def _response(datum: Datum | None) -> web.Response:
    if datum is None or datum.type is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    if datum.type != "http":
        return web.Response(body=_bytes(datum), headers={"Content-Type": _TEXT})

    parts: Mapping[str, Any] = datum.value
    headers = CIMultiDict(
        (name, value.value) for name, value in parts["headers"].items() if name.lower() not in _OURS
    )
    for cookie in parts["cookies"] or ():
        for morsel in cookie.values():
            headers.add("Set-Cookie", morsel.OutputString())

    return web.Response(
        status=int(parts["status_code"].value), body=_bytes(parts["body"]), headers=headers
    )


def _bytes(datum: Datum) -> bytes:
    return datum.value if isinstance(datum.value, bytes) else str(datum.value).encode()
