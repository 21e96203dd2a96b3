"""The settings by which people sign in, in a model of their own.

Whoever signs in is told which other setting is wrong, so that these are read even then.
"""

from typing import Annotated, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from connector.adapters.environment_settings import EnvironmentSettings
from connector.adapters.setting_values import Id, split

ENTRA: Final = "https://login.microsoftonline.com"


class SignInSettings(EnvironmentSettings):
    """The settings by which people sign in."""

    entra_authority: str = Field(ENTRA, alias="ENTRA_AUTHORITY")
    entra_tenant: Id | None = Field(None, alias="ENTRA_TENANT_ID")
    entra_client: Id | None = Field(None, alias="ENTRA_CLIENT_ID")
    entra_allowed_clients: Annotated[frozenset[UUID], BeforeValidator(split)] = Field(
        frozenset(), alias="ENTRA_ALLOWED_CLIENTS"
    )

    def entra_issuer(self) -> str | None:
        """Return who issues the tokens of people who sign in, or None where nobody can."""
        if self.entra_tenant is None:
            return None

        return f"{self.entra_authority.rstrip('/')}/{self.entra_tenant}/v2.0"

    @field_validator("entra_client")
    @classmethod
    def _check_entra(cls, value: UUID | None, info: ValidationInfo) -> UUID | None:
        if "entra_tenant" in info.data and (value is None) != (info.data["entra_tenant"] is None):
            raise ValueError("must be set together with ENTRA_TENANT_ID")

        return value
