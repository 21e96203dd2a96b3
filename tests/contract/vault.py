"""A key vault over https, as far as the SDK's calls for secrets go; it shares nothing with ours."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.keyvault.secrets.aio import SecretClient

from devstack.dataverse.tls import Tls, make_tls

CHALLENGE = 'Bearer authorization="https://login.test/tenant", resource="https://vault.azure.net"'


class FixedIdentity(AsyncTokenCredential):
    """Is the identity of an app, with a token that never ends."""

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        return AccessToken("token", 4_102_444_800)

    async def close(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass


@dataclass(slots=True)
class Vault:
    """Is the vault; `failures` are statuses that it answers with, one a call.

    It tells times in whole seconds; a quick one makes all of its secrets within one.
    """

    tls: Tls = field(default_factory=lambda: make_tls("127.0.0.1"))
    secrets: dict[tuple[str, str], str] = field(default_factory=dict)
    disabled: set[tuple[str, str]] = field(default_factory=set)
    failures: list[int] = field(default_factory=list)
    is_quick: bool = False
    url: str = ""

    def client(self) -> SecretClient:
        return SecretClient(
            self.url,
            FixedIdentity(),
            verify_challenge_resource=False,
            connection_verify=str(self.tls.ca_file),
            retry_total=0,
            use_env_settings=False,
        )

    async def answer(self, request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            return web.Response(status=401, headers={"WWW-Authenticate": CHALLENGE})
        if self.failures:
            return web.json_response({"error": {"code": "x"}}, status=self.failures.pop(0))

        name, version = request.match_info["name"], request.match_info.get("version", "")
        if version == "versions":
            shown = [self._facts(*known) for known in self.secrets if known[0] == name]
            return web.json_response({"value": shown})

        return await self._answer_secret(request, name, version)

    async def _answer_secret(self, request: web.Request, name: str, version: str) -> web.Response:
        if request.method == "PUT":
            version = uuid.uuid4().hex
            self.secrets[name, version] = (await request.json())["value"]
        if (name, version) not in self.secrets:
            missing = {"error": {"code": "SecretNotFound", "message": "not there"}}
            return web.json_response(missing, status=HTTPStatus.NOT_FOUND)
        if request.method == "PATCH":
            if not (await request.json())["attributes"]["enabled"]:
                self.disabled.add((name, version))
            return web.json_response(self._facts(name, version))
        if (name, version) in self.disabled:
            refused = {"error": {"code": "Forbidden", "innererror": {"code": "SecretDisabled"}}}
            return web.json_response(refused, status=HTTPStatus.FORBIDDEN)

        value = self.secrets[name, version]

        return web.json_response({**self._facts(name, version), "value": value})

    def _facts(self, name: str, version: str) -> dict[str, object]:
        made = 0 if self.is_quick else list(self.secrets).index((name, version))
        is_enabled = (name, version) not in self.disabled

        return {
            "id": f"{self.url}/secrets/{name}/{version}",
            "attributes": {"enabled": is_enabled, "created": 1_700_000_000 + made},
        }


@asynccontextmanager
async def running_vault() -> AsyncIterator[Vault]:
    """Yield a vault that listens on a port of this machine."""
    vault = Vault()
    app = web.Application()
    app.router.add_route("*", "/secrets/{name}", vault.answer)
    app.router.add_route("*", "/secrets/{name}/{version}", vault.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=vault.tls.context)
    await site.start()
    vault.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vault
    finally:
        await runner.cleanup()
