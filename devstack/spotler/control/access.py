"""Change the key and the secret, as somebody does on Spotler's screen for integrations."""

from aiohttp import web

from devstack.spotler.bodies import text
from devstack.spotler.control.requests import CONTROL, body_of
from devstack.spotler.signature import Credentials, Verifier


class ControlAccess:
    """The account's key and secret."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def routes(self) -> list[web.RouteDef]:
        """Return the control route."""
        return [web.put(f"{CONTROL}/credentials", self.change)]

    async def change(self, request: web.Request) -> web.Response:
        """Take other credentials from now on; what the body leaves out stays."""
        body = await body_of(request, "key", "secret")
        known = self._verifier.credentials
        key = text(body, "key") if "key" in body else known.key
        secret = text(body, "secret") if "secret" in body else known.secret
        self._verifier.credentials = Credentials(key, secret)

        return web.json_response({"key": key})
