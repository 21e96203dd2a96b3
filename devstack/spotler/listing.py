"""The public listing of the API in the form of Swagger 1.2, which takes no login."""

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import ErrorType, found, refused
from devstack.spotler.routing import Route
from devstack.spotler.signature import Verifier

LISTING = "/api-docs"
_VERSIONS = {"apiVersion": "1.0.0", "swaggerVersion": "1.2"}


class Listing:
    """Says which paths there are; paths that were taken away are not listed."""

    def __init__(
        self, account: Account, routes: Sequence[Route], verifier: Verifier, base: str
    ) -> None:
        self._account = account
        self._all = [route for route in routes if route.listed]
        self._verifier = verifier
        self._base = base

    async def resources(self, _: web.Request) -> web.Response:
        """List the resources."""
        names = dict.fromkeys(route.resource for route in self._routes())

        return found({**_VERSIONS, "apis": [{"path": f"/{name}"} for name in names]})

    async def resource(self, request: web.Request) -> web.Response:
        """List the operations of one resource."""
        name = request.match_info["resource"]
        by_path: dict[str, list[dict[str, object]]] = {}
        for route in self._routes():
            if route.resource == name:
                by_path.setdefault(route.path, []).append(_operation(route))

        if not by_path:
            return refused(HTTPStatus.NOT_FOUND, ErrorType.RESOURCE_NOT_FOUND, "Resource not found")

        return found(
            {
                **_VERSIONS,
                "basePath": f"{self._verifier.public_url}{self._base}",
                "resourcePath": f"/{name}",
                "produces": ["application/json"],
                "apis": [{"path": path, "operations": ops} for path, ops in by_path.items()],
            }
        )

    def _routes(self) -> list[Route]:
        return [route for route in self._all if route.path not in self._account.gone]


def _operation(route: Route) -> dict[str, object]:
    return {
        "method": route.method,
        "nickname": route.handler.__name__.strip("_"),
        "summary": route.summary,
        "parameters": [
            {"name": name, "paramType": "query", "type": "string", "required": False}
            for name in route.query
        ],
    }
