"""The way of every API request: throttled, verified, read, and only then handled."""

from http import HTTPStatus

from aiohttp import web

from devstack.faults import Handler
from devstack.json_reading import read_json
from devstack.spotler.account import Account
from devstack.spotler.answers import (
    ErrorType,
    NotSimulated,
    Refusal,
    invalid,
    not_simulated,
    refused,
    throttled,
)
from devstack.spotler.oddities import as_switched
from devstack.spotler.options import SpotlerOptions
from devstack.spotler.routing import Call, Route
from devstack.spotler.signature import Pairs, Unauthorised, Verifier
from devstack.spotler.throttle import Throttle


class Dispatcher:
    """Brings requests to their handlers and refusals back to the caller."""

    def __init__(self, account: Account, verifier: Verifier, throttle: Throttle) -> None:
        self._account = account
        self._verifier = verifier
        self._throttle = throttle

    async def answer(self, request: web.Request, route: Route, base: str) -> web.StreamResponse:
        """Answer a request that came to a route under one of the bases."""
        options = self._account.options
        wait = self._throttle.seconds_to_wait(options.requests_per_second)
        if wait:
            return throttled(wait)

        try:
            answer = route.handler(await self._call(request, route, base))
        except Unauthorised as refusal:
            return _auth_answer(refusal, options)
        except Refusal as refusal:
            answer = refused(refusal.status, refusal.error_type, refusal.message)
        except NotSimulated as unknown:
            return not_simulated(str(unknown))

        return as_switched(answer, options)

    async def _call(self, request: web.Request, route: Route, base: str) -> Call:
        query = self._verifier.check(
            request.method, request.raw_path, request.headers.get("Authorization")
        )
        if route.path in self._account.gone:
            raise Refusal(HTTPStatus.NOT_FOUND, ErrorType.RESOURCE_NOT_FOUND, "Not found")

        self._check_accept(request, route)
        url = f"{self._verifier.public_url}{request.raw_path.partition('?')[0]}"
        body = await self._body(request) if route.takes_body else None

        return Call(base, url, request.match_info, _known_query(query, route), body)

    def _check_accept(self, request: web.Request, route: Route) -> None:
        if route.json_only or not self._account.options.require_accept:
            return

        if "application/json" not in request.headers.get("Accept", "").lower():
            raise NotSimulated("Spotler would answer XML: send Accept: application/json")

    async def _body(self, request: web.Request) -> object:
        if "Content-Type" in request.headers:
            known = request.content_type == "application/json"
        else:
            known = not self._account.options.require_content_type

        if not known:
            raise Refusal(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                ErrorType.INVALID_PARAMS,
                "Content-Type must be application/json",
            )

        try:
            return read_json(await request.read())
        except ValueError as exc:
            raise invalid("The body is not JSON") from exc


@web.middleware
async def unknown(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 501 to a path that is not known, 405 to a method that its path does not have."""
    failure = request.match_info.http_exception
    if failure is None:
        return await handler(request)

    if failure.status == HTTPStatus.METHOD_NOT_ALLOWED:
        return refused(
            failure.status,
            ErrorType.RESOURCE_NOT_FOUND,
            f"{request.method} is not allowed",
            {"Allow": failure.headers["Allow"]},
        )

    return not_simulated(f"{request.method} {request.path}: no such path in the contract")


def _auth_answer(refusal: Unauthorised, options: SpotlerOptions) -> web.Response:
    status = options.auth_status
    if options.auth_body == "empty":
        return web.Response(status=status)

    if options.auth_body == "html":
        page = f"<html><body><h1>{HTTPStatus(status).phrase}</h1></body></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    return refused(status, refusal.error_type, refusal.message)


def _known_query(query: Pairs, route: Route) -> dict[str, str]:
    known: dict[str, str] = {}
    for name, value in query:
        if name in route.ignored:
            continue

        if name not in route.query:
            raise NotSimulated(f"{route.path} with query parameter {name!r}")

        if name in known:
            raise invalid(f"{name} is given twice")

        known[name] = value

    return known
