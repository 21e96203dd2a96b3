"""Bearer tokens for client credentials, and the check of those that come back.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import dataclasses
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from devstack.dataverse.guids import random_guid


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """What a bearer token stands for."""

    audience: str
    expires_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class Application:
    """An app registration with its secret."""

    tenant_id: str
    client_id: str
    client_secret: str


class TokenIssuer:
    """Hands out opaque tokens for any audience and knows which are still good."""

    def __init__(
        self, application: Application, seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Serve one application; tokens are good for `seconds`."""
        self.seconds = seconds
        self.issued = 0
        self._application = application
        self._clock = clock
        self._tokens: dict[str, Token] = {}

    def is_good(self, token: str, audience: str) -> bool:
        """Tell whether a token is ours, is for this audience and has not expired."""
        found = self._tokens.get(token)

        return found is not None and found.audience == audience and found.expires_at > self._clock()

    def forget_all(self) -> None:
        """Make every token that was handed out worthless."""
        self._tokens.clear()

    def routes(self) -> list[web.RouteDef]:
        """Return the token endpoint and the document that names it."""
        return [
            web.post("/{tenant}/oauth2/v2.0/token", self._answer),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._discover),
        ]

    def issue(self, audience: str) -> str:
        """Hand out a token for an audience."""
        now = self._clock()
        self._tokens = {t: v for t, v in self._tokens.items() if v.expires_at > now}
        token = f"sim.{secrets.token_urlsafe(48)}"
        self._tokens[token] = Token(audience, now + self.seconds)
        self.issued += 1

        return token

    async def _discover(self, request: web.Request) -> web.Response:
        root = f"{request.scheme}://{request.host}/{request.match_info['tenant']}"

        return web.json_response(
            {
                "issuer": f"{root}/v2.0",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    async def _answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        refused = self._refusal(request.match_info["tenant"], form)
        if refused is not None:
            return refused

        token = self.issue(form["scope"].removesuffix("/.default").rstrip("/"))

        return web.json_response(
            {
                "token_type": "Bearer",
                "expires_in": self.seconds,
                "ext_expires_in": self.seconds,
                "access_token": token,
            },
            headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"},
        )

    def _refusal(self, tenant: str, form: Mapping[str, str]) -> web.Response | None:
        app = self._application
        client = form.get("client_id", "")
        secret = form.get("client_secret", "")
        if tenant != app.tenant_id:
            return _error(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")

        if form.get("grant_type") != "client_credentials":
            return _error(
                400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."
            )

        if client != app.client_id:
            return _error(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client}' was not found in the directory.",
            )

        if not form.get("scope", "").endswith("/.default"):
            return _error(
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {form.get('scope')} is not valid. Client credential "
                "flows must have a scope value with /.default suffixed to the resource identifier.",
            )

        if not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
            return _error(401, "invalid_client", 7000215, "Invalid client secret provided.")

        return None


def _error(status: int, error: str, code: int, text: str) -> web.Response:
    trace, correlation = random_guid(), random_guid()
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    description = (
        f"AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    )

    return web.json_response(
        {
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={code}",
        },
        status=status,
    )
