"""Open and close further accounts, and begin anew."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.accounts import Accounts, Tenant
from devstack.spotler.answers import wrong_state
from devstack.spotler.bodies import text
from devstack.spotler.calls import Calls
from devstack.spotler.control.requests import CONTROL, Missing, body_of
from devstack.spotler.signature import Credentials


class ControlAccounts:
    """The accounts beside the first; every control takes `?account=KEY` for one of them."""

    def __init__(self, accounts: Accounts, calls: Calls) -> None:
        self._accounts = accounts
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that are about accounts, and those of each account."""
        one = f"{CONTROL}/accounts/{{key}}"

        return [
            web.get(f"{CONTROL}/accounts", self.show),
            web.put(one, self.open),
            web.delete(one, self.close),
            web.post(f"{CONTROL}/reset", self.reset),
            *(self._of_each(number) for number in range(len(self._accounts.first.controls))),
        ]

    async def show(self, _: web.Request) -> web.Response:
        """Show the accounts by key, and how many contacts each has."""
        return web.json_response(
            {one.key: {"contacts": len(one.account.people)} for one in self._accounts.all()}
        )

    async def open(self, request: web.Request) -> web.Response:
        """Open an account without contacts, with fields and switches as at the start."""
        key = request.match_info["key"]
        secret = text(await body_of(request, "secret"), "secret")
        if self._accounts.find(key) is not None:
            raise wrong_state(f"there is an account {key} already")

        self._accounts.add(Credentials(key, secret))

        return web.json_response({"key": key}, status=HTTPStatus.CREATED)

    async def close(self, request: web.Request) -> web.Response:
        """Close an account; its key is not known any more."""
        tenant = self._named(request.match_info["key"])
        if tenant is self._accounts.first:
            raise wrong_state("the first account stays")

        self._accounts.remove(tenant)

        return await self.show(request)

    async def reset(self, request: web.Request) -> web.Response:
        """Begin as a fresh account, alone and nothing counted; or only one of several."""
        key = request.query.get("account")
        if key is not None:
            self._named(key).account.reset()
        else:
            self._accounts.reset()
            self._calls.reset()

        return web.json_response({"reset": True})

    def _of_each(self, number: int) -> web.RouteDef:
        async def handle(request: web.Request) -> web.StreamResponse:
            key = request.query.get("account")
            tenant = self._accounts.first if key is None else self._named(key)
            answer: web.StreamResponse = await tenant.controls[number].handler(request)

            return answer

        first = self._accounts.first.controls[number]

        return web.route(first.method, first.path, handle)

    def _named(self, key: str) -> Tenant:
        tenant = self._accounts.find(key)
        if tenant is None:
            raise Missing(f"there is no account {key}")

        return tenant
