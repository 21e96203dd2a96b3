"""What Entra says: its configuration, its keys, and what it claims of somebody."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class OpenIdConfiguration(BaseModel):
    """Says where the keys are, and under which name tokens are issued.

    https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
    """

    issuer: str
    jwks_uri: str


class PublicKey(BaseModel):
    """Is one published key; those of another kind or for another use are left."""

    model_config = ConfigDict(extra="allow")

    kid: str
    kty: str
    use: str = "sig"


class KeySet(BaseModel):
    """Is the list of published keys."""

    keys: list[PublicKey] = Field(max_length=100)


class Claims(BaseModel):
    """Says of whom a token speaks, and to which client it was given.

    `roles` must be a list: in a text, `in` would find a part of a word.
    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    ver: Literal["2.0"]
    tid: str
    azp: str
    oid: UUID = Field(strict=False)
    roles: list[str] = Field(default_factory=list, max_length=100)
