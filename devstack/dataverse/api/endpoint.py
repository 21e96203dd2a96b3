"""The socket side of the Web API: who calls, how much, and how the answer travels."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from devstack.dataverse.api.limits import ServiceProtection
from devstack.dataverse.api.message import ROOT, ApiRequest, ApiResponse, error_response
from devstack.dataverse.api.web_api import WebApi
from devstack.dataverse.entra.tokens import TokenIssuer
from devstack.dataverse.errors import DataverseError, not_implemented, syntax
from devstack.dataverse.odata.options import split_query
from devstack.dataverse.options import DataverseOptions
from devstack.dataverse.values import Value
from devstack.dataverse.writing.environment import Caller
from devstack.faults import Fault, retry_headers

_VERSIONS = frozenset({"4.0", "4.01"})
_THROTTLED = {
    429: ("0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300."),
    401: ("", "The authentication failed."),
    404: ("0x80040217", "The row Does Not Exist"),
    412: ("0x80060882", "The version of the existing record doesn't match."),
    503: ("0x80044150", "The server is busy."),
}


class Endpoint:
    """Serves the Web API on aiohttp."""

    def __init__(self, options: DataverseOptions, api: WebApi, tokens: TokenIssuer) -> None:
        """Put it together; `audience` is set once the address is known."""
        self.audience = ""
        self.protection = ServiceProtection(options)
        self._options = options
        self._api = api
        self._tokens = tokens

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the service."""
        return [
            web.route("*", ROOT + "{path:.*}", self._answer),
            web.route("*", "/api/data{path:.*}", _other_root),
        ]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if len(request.raw_path) > self._options.url_limit:
            return web.Response(status=HTTPStatus.REQUEST_URI_TOO_LONG)

        if not self._is_known(request):
            return _challenge(self.audience, self._options.tenant_id)

        try:
            with self.protection.admit() as admission:
                body = await request.read()
                await self._take_time()
                answer = self._api.handle(self._read(request, body))
                admission.operations = answer.operations
        except DataverseError as exc:
            answer = error_response(exc)

        return sent(answer, self.protection.headers())

    async def _take_time(self) -> None:
        if self._options.seconds_per_request > 0:
            await asyncio.sleep(self._options.seconds_per_request)

    def _is_known(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")

        return scheme == "Bearer" and self._tokens.is_good(token, self.audience)

    def _read(self, request: web.Request, body: bytes) -> ApiRequest:
        _check_version(request)
        path, _, query = request.raw_path.partition("?")
        options = self._options
        caller = Caller(options.application_user_id, options.denied, shared_variables(query))

        return read_request(request, path.removeprefix(ROOT), query, body, caller)


async def _other_root(request: web.Request) -> web.Response:
    return sent(error_response(not_implemented(f"the service root of '{request.path}'")), {})


def _check_version(request: web.Request) -> None:
    for name in ("OData-Version", "OData-MaxVersion"):
        version = request.headers.get(name, "4.0")
        if version not in _VERSIONS:
            raise syntax(f"The value '{version}' of the header '{name}' is not supported.")


def read_request(
    request: web.Request, path: str, query: str, body: bytes, caller: Caller
) -> ApiRequest:
    """Take from the socket what an operation is made of."""
    return ApiRequest(
        method=request.method,
        path=path,
        query=query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        root=f"{request.scheme}://{request.host}{ROOT}",
        caller=caller,
    )


def shared_variables(query: str) -> dict[str, Value]:
    """Return what a request hands on to its events, its tag among them."""
    shared: dict[str, Value] = {}
    if "tag=" in query and (tag := split_query(query).get("tag")):
        shared["tag"] = tag

    return shared


def faulty_answer(fault: Fault) -> web.Response:
    """Answer a fault the way of the Web API."""
    code, message = _THROTTLED.get(fault.status, ("0x80040216", "An unexpected error occurred."))
    answer = error_response(DataverseError(fault.status, code, message))

    return sent(answer, retry_headers(fault))


def _challenge(audience: str, tenant: str) -> web.Response:
    uri = f"https://login.microsoftonline.com/{tenant}/oauth2/authorize"

    return web.Response(
        status=HTTPStatus.UNAUTHORIZED,
        headers={"WWW-Authenticate": f"Bearer authorization_uri={uri}, resource_id={audience}/"},
    )


def sent(answer: ApiResponse, more: Mapping[str, str]) -> web.Response:
    """Put an answer on the wire."""
    return web.Response(
        status=answer.status, headers={**answer.headers, **more}, body=answer.body or None
    )
