"""Bearer tokens: whether Entra issued one for us, and of whom it speaks.

https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
"""

import re
from collections.abc import Collection
from typing import Any, Final

import jwt
from jwt.exceptions import PyJWTError
from jwt.types import Options
from pydantic import ValidationError

from connector.adapters.entra.keys import SigningKeys
from connector.adapters.entra.models import Claims
from connector.domain.caller import Caller
from connector.domain.role import Role, UnauthorisedError

ALGORITHM: Final = "RS256"
LEEWAY_SECONDS: Final = 60
LONGEST_TOKEN: Final = 16 * 1024

_SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_OPTIONS: Final = Options(
    require=["exp", "nbf", "iat", "iss", "aud"], strict_aud=True, enforce_minimum_key_length=True
)


class EntraSignIn:
    """Is the `SignIn` port on Entra's tokens of version 2.0."""

    def __init__(
        self,
        keys: SigningKeys,
        *,
        issuer: str,
        tenant: str,
        application: str,
        clients: Collection[str],
    ) -> None:
        """Take who issues, for which application, and the clients that may hand tokens on."""
        self._keys = keys
        self._issuer = issuer
        self._tenant = tenant
        self._application = application
        self._clients = frozenset(clients)

    async def identify(self, token: str) -> Caller:
        """Return of whom a token speaks; raises `UnauthorisedError` for any that is not for us."""
        try:
            claims = Claims.model_validate(await self._verify(token))
        except PyJWTError as exc:
            raise UnauthorisedError(f"the token must be good ({type(exc).__name__})") from exc
        except ValidationError as exc:
            raise UnauthorisedError("the token must hold the claims of version 2.0") from exc

        if claims.tid != self._tenant:
            raise UnauthorisedError("the token must be of our tenant")
        if claims.azp not in self._clients:
            raise UnauthorisedError("the token must be given to a client that we know")

        return Caller(str(claims.oid), frozenset(role for role in Role if role in claims.roles))

    async def _verify(self, token: str) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
            raise UnauthorisedError("the token must be three parts and not too long")

        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or "kid" not in header:
            raise UnauthorisedError(f"the token must be signed with {ALGORITHM} and name its key")

        key = await self._keys.find(header["kid"])
        if key is None:
            raise UnauthorisedError("the token must be signed with a key of Entra's")

        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=self._application,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options=_OPTIONS,
        )
