"""The only reader of the environment: every setting by name, all that is wrong said at once."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from connector.domain.decision import OnDelete
from connector.domain.errors import ConfigurationError

SPOTLER = "https://restapi.mailplus.nl/integrationservice"
ENTRA = "https://login.microsoftonline.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _blank_is_missing(value: object) -> object:
    return None if value == "" else value


type Text = Annotated[str, Field(min_length=1)]
type Optional[T] = Annotated[T | None, BeforeValidator(_blank_is_missing)]


class Settings(BaseModel):
    """Holds every setting; the aliases are the names in the environment."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    dataverse_url: Text = Field(alias="DATAVERSE_URL")
    dataverse_organisation: UUID = Field(alias="DATAVERSE_ORGANISATION_ID")
    dataverse_user: Optional[UUID] = Field(None, alias="DATAVERSE_USER_ID")
    dataverse_authority: Text = Field(ENTRA, alias="DATAVERSE_AUTHORITY")
    dataverse_tenant: Optional[str] = Field(None, alias="DATAVERSE_TENANT_ID")
    dataverse_client: Optional[str] = Field(None, alias="DATAVERSE_CLIENT_ID")
    dataverse_secret: Optional[SecretStr] = Field(None, alias="DATAVERSE_CLIENT_SECRET")

    spotler_url: Text = Field(SPOTLER, alias="SPOTLER_URL")
    spotler_key: Text = Field(alias="SPOTLER_KEY")
    spotler_secret: SecretStr = Field(alias="SPOTLER_SECRET", min_length=1)

    webhook_auth: Literal["header", "key"] = Field("header", alias="WEBHOOK_AUTH")
    webhook_secret: Optional[SecretStr] = Field(None, alias="WEBHOOK_SECRET")
    webhook_secret_previous: Optional[SecretStr] = Field(None, alias="WEBHOOK_SECRET_PREVIOUS")

    servicebus: Optional[SecretStr] = Field(None, alias="ServiceBusConnection")
    servicebus_namespace: Optional[str] = Field(
        None, alias="ServiceBusConnection__fullyQualifiedNamespace"
    )
    servicebus_client: Optional[str] = Field(None, alias="ServiceBusConnection__clientId")
    tables: Optional[SecretStr] = Field(None, alias="TablesConnection")
    tables_endpoint: Optional[str] = Field(None, alias="TablesConnection__endpoint")
    tables_client: Optional[str] = Field(None, alias="TablesConnection__clientId")

    on_delete: OnDelete = Field(OnDelete.WITHDRAW, alias="ON_DELETE")
    retry_first_seconds: float = Field(2.0, alias="RETRY_FIRST_SECONDS", gt=0, le=3600)
    retry_attempts: int = Field(22, alias="RETRY_ATTEMPTS", ge=1, le=100)
    time_zone: Text = Field("Europe/Amsterdam", alias="TIME_ZONE")
    local_stack: bool = Field(default=False, alias="LOCAL_STACK")

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings; raises `ConfigurationError` with one line for each that is wrong."""
        try:
            settings = cls.model_validate(environment)
        except ValidationError as exc:
            raise ConfigurationError(_explain(_faults(exc))) from None

        if wrong := [*_together(settings)]:
            raise ConfigurationError(_explain(wrong))

        return settings

    def webhook_secrets(self) -> tuple[bytes, ...]:
        """Return the secrets that a webhook may carry, as bytes."""
        live = (self.webhook_secret, self.webhook_secret_previous)

        return tuple(one.get_secret_value().encode() for one in live if one is not None)


def _faults(exc: ValidationError) -> Iterator[str]:
    for error in exc.errors(include_input=False, include_url=False):
        name = str(error["loc"][0])
        yield f"{name}: is missing" if error["type"] == "missing" else f"{name}: {error['msg']}"


def _together(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with settings that depend on each other."""
    if settings.webhook_auth == "header" and settings.webhook_secret is None:
        yield "WEBHOOK_SECRET: is missing (or set WEBHOOK_AUTH=key)"

    if settings.dataverse_secret and not (settings.dataverse_tenant and settings.dataverse_client):
        yield "DATAVERSE_TENANT_ID, DATAVERSE_CLIENT_ID: must be set with DATAVERSE_CLIENT_SECRET"

    if not (settings.servicebus or settings.servicebus_namespace):
        yield "ServiceBusConnection: is missing (or __fullyQualifiedNamespace for an identity)"

    if not (settings.tables or settings.tables_endpoint):
        yield "TablesConnection: is missing (or __endpoint for an identity)"

    if settings.time_zone not in available_timezones():
        yield "TIME_ZONE: must be the name of a time zone, such as Europe/Amsterdam"

    yield from _addresses(settings)


def _addresses(settings: Settings) -> Iterator[str]:
    """Yield the addresses that our secrets must not be sent to."""
    hosts = {
        "DATAVERSE_URL": (settings.dataverse_url, ".dynamics.com"),
        "DATAVERSE_AUTHORITY": (settings.dataverse_authority, "login.microsoftonline.com"),
        "SPOTLER_URL": (settings.spotler_url, "restapi.mailplus.nl"),
    }
    for name, (address, host) in hosts.items():
        if not _is_safe(address, host, local=settings.local_stack):
            yield f"{name}: must be an https address of {host}"


def _is_safe(address: str, host: str, *, local: bool) -> bool:
    try:
        parts = urlsplit(address)
        name = parts.hostname or ""
        plain = parts.username is None and parts.password is None and not parts.query
        port = parts.port
    except ValueError:
        return False

    if local and name in LOOPBACK:
        return plain

    known = name.endswith(host) if host.startswith(".") else name == host

    return plain and known and parts.scheme == "https" and port in {None, 443}


def _explain(wrong: Iterator[str] | list[str]) -> str:
    return "settings must be put right:\n" + "\n".join(f"  {line}" for line in wrong)
