"""The only reader of the environment: every setting by name, all that is wrong said at once."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from connector.adapters.connection_strings import NAMESPACES
from connector.adapters.environment_settings import THIS_MACHINE
from connector.adapters.safe_address import is_root, is_safe_name
from connector.adapters.setting_values import Id, Origin, TimeZone, read_json
from connector.adapters.sign_in_settings import ENTRA, SignInSettings
from connector.adapters.spotler.dialect import SpotlerDialect
from connector.adapters.status_settings import WaysIn
from connector.domain.decision import OnDelete
from connector.domain.webhook_step import WEBHOOK_PATH

SPOTLER = "https://restapi.mailplus.nl/integrationservice"
SHORTEST_SECRET = 16
"""What can be tried by the million must not be guessed by the million."""

_TENANT = re.compile(r"[A-Za-z0-9.-]{1,253}")


class Settings(SignInSettings, WaysIn):
    """Every setting; the aliases are the names in the environment."""

    public_url: Origin | None = Field(
        None, alias="PUBLIC_URL", validation_alias=AliasChoices("PUBLIC_URL", "WEBSITE_HOSTNAME")
    )

    dataverse_url: str = Field(alias="DATAVERSE_URL")
    dataverse_organisation: Id = Field(alias="DATAVERSE_ORGANISATION_ID")
    dataverse_user: Id | None = Field(None, alias="DATAVERSE_USER_ID")
    dataverse_authority: str = Field(ENTRA, alias="DATAVERSE_AUTHORITY")
    dataverse_secret: SecretStr | None = Field(None, alias="DATAVERSE_CLIENT_SECRET")
    dataverse_tenant: str | None = Field(None, alias="DATAVERSE_TENANT_ID")
    dataverse_client: str | None = Field(None, alias="DATAVERSE_CLIENT_ID")

    spotler_url: str = Field(SPOTLER, alias="SPOTLER_URL")
    spotler_dialect: Annotated[SpotlerDialect, BeforeValidator(read_json)] = Field(
        SpotlerDialect(), alias="SPOTLER_DIALECT"
    )

    secrets_file: Path | None = Field(None, alias="SECRETS_FILE")
    key_vault_url: str | None = Field(None, alias="KEY_VAULT_URL")
    key_vault_client: str | None = Field(None, alias="KEY_VAULT_CLIENT_ID")

    webhook_auth: Literal["header", "key"] = Field("header", alias="WEBHOOK_AUTH")
    webhook_secret: SecretStr | None = Field(None, alias="WEBHOOK_SECRET")
    webhook_secret_previous: SecretStr | None = Field(None, alias="WEBHOOK_SECRET_PREVIOUS")
    webhook_patience_seconds: float = Field(50.0, alias="WEBHOOK_PATIENCE_SECONDS", ge=0, le=55)

    servicebus_namespace: str | None = Field(
        None, alias="ServiceBusConnection__fullyQualifiedNamespace"
    )
    servicebus_client: str | None = Field(None, alias="ServiceBusConnection__clientId")
    servicebus: SecretStr | None = Field(None, alias="ServiceBusConnection")
    tables_endpoint: str | None = Field(None, alias="TablesConnection__endpoint")
    tables_client: str | None = Field(None, alias="TablesConnection__clientId")
    tables: SecretStr | None = Field(None, alias="TablesConnection")

    on_delete: OnDelete = Field(OnDelete.WITHDRAW, alias="ON_DELETE")
    retry_first_seconds: float = Field(2.0, alias="RETRY_FIRST_SECONDS", gt=0, le=3600)
    retry_longest_seconds: float = Field(3600.0, alias="RETRY_LONGEST_SECONDS", gt=0, le=24 * 3600)
    retry_attempts: int = Field(22, alias="RETRY_ATTEMPTS", ge=1, le=100)
    job_standstill_seconds: float = Field(300.0, alias="JOB_STANDSTILL_SECONDS", ge=0, le=24 * 3600)
    time_zone: TimeZone = Field("Europe/Amsterdam", alias="TIME_ZONE")

    def webhook_secrets(self) -> tuple[bytes, ...]:
        """Return the secrets that a webhook may carry, as bytes."""
        live = (self.webhook_secret, self.webhook_secret_previous)

        return tuple(one.get_secret_value().encode() for one in live if one is not None)

    def webhook_address(self) -> str | None:
        """Return where our webhook is reached, or None where nobody says under which address."""
        return None if self.public_url is None else f"{self.public_url}{WEBHOOK_PATH}"

    @field_validator("dataverse_url")
    @classmethod
    def _check_root(cls, address: str) -> str:
        if not is_root(address):
            raise ValueError("must be the root of the environment, without a path")

        return address

    @field_validator("secrets_file")
    @classmethod
    def _check_secrets_file(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and not info.data.get("local_stack", False):
            raise ValueError("must be set on the local stack alone")
        if value is not None and not str(value).isprintable():
            raise ValueError("must be the path of a file")

        return value

    @field_validator("key_vault_url")
    @classmethod
    def _check_vault(cls, value: str | None, info: ValidationInfo) -> str | None:
        is_file = info.data.get("secrets_file") is not None
        if value is None and not is_file and "secrets_file" in info.data:
            raise ValueError("is missing (or SECRETS_FILE on the local stack)")
        if value is not None and is_file:
            raise ValueError("must not be set together with SECRETS_FILE")

        return value

    @field_validator("dataverse_tenant")
    @classmethod
    def _check_tenant(cls, value: str | None) -> str | None:
        if value is not None and not _TENANT.fullmatch(value):
            raise ValueError("must be the id or the domain of a tenant")

        return value

    @field_validator("dataverse_tenant", "dataverse_client")
    @classmethod
    def _check_sign_in(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("dataverse_secret") is not None:
            raise ValueError("must be set with DATAVERSE_CLIENT_SECRET")

        return value

    @field_validator("webhook_secret")
    @classmethod
    def _check_webhook(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("webhook_auth") != "key":
            raise ValueError("is missing (or set WEBHOOK_AUTH=key)")

        return value

    @field_validator("webhook_secret", "webhook_secret_previous")
    @classmethod
    def _check_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().isprintable():
            raise ValueError("must be one line of printable characters: a header carries it")
        if value is not None and len(value) < SHORTEST_SECRET:
            raise ValueError(f"must have at least {SHORTEST_SECRET} characters")

        return value

    @field_validator("servicebus_namespace")
    @classmethod
    def _check_namespace(cls, name: str | None, info: ValidationInfo) -> str | None:
        is_local = info.data.get("local_stack", False)
        if name is not None and not is_safe_name(name, NAMESPACES, local=is_local):
            of = THIS_MACHINE if is_local else NAMESPACES
            raise ValueError(f"must be a bare host of {of}")

        return name

    @field_validator("retry_longest_seconds")
    @classmethod
    def _check_retries(cls, longest: float, info: ValidationInfo) -> float:
        if longest < info.data.get("retry_first_seconds", 0):
            raise ValueError("must not be less than RETRY_FIRST_SECONDS")

        return longest
