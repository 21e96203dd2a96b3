"""What every model of settings shares: how the environment is read, and where secrets may go."""

from collections.abc import Mapping
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from connector.adapters.connection_strings import TABLES
from connector.adapters.safe_address import is_root, is_safe
from connector.adapters.setting_values import check_resolved, name_faults
from connector.domain.errors import MisconfiguredError

HOSTS: Final = {
    "dataverse_url": ".dynamics.com",
    "dataverse_authority": "login.microsoftonline.com",
    "entra_authority": "login.microsoftonline.com",
    "spotler_url": "restapi.mailplus.nl",
    "key_vault_url": ".vault.azure.net",
    "tables_endpoint": TABLES,
}
"""The only hosts that our secrets are sent to; one that begins with a dot is the end of a name."""

ROOTS: Final = ("dataverse_authority", "entra_authority", "key_vault_url", "tables_endpoint")
"""Addresses to which we add a path of our own; an emulator of the tables has one before that."""

OF_AZURE: Final = frozenset({"WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "LEGION_SERVICE_HOST"})
"""Variables that Azure sets for an app, and Core Tools does not.

https://learn.microsoft.com/azure/app-service/reference-app-settings
"""

THIS_MACHINE: Final = "this machine while LOCAL_STACK is true"


class EnvironmentSettings(BaseModel):
    """The settings of one purpose; the aliases are the names in the environment.

    A check looks at its own setting and those above it, so that one reading names all faults.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_default=True, hide_input_in_errors=True
    )

    local_stack: bool = Field(default=False, alias="LOCAL_STACK")

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; raises `MisconfiguredError` with a fault for each that is wrong.

        A blank setting is one that is not there, and space around a pasted value is no part of it.
        """
        filled = {name: value.strip() for name, value in environment.items() if value.strip()}
        is_azure = not OF_AZURE.isdisjoint(filled)
        try:
            return cls.model_validate(filled, context={"is_azure": is_azure})
        except ValidationError as exc:
            # A list with many wrong members is one fault.
            faults = dict.fromkeys(name_faults(exc, cls.model_fields))

        raise MisconfiguredError(faults)

    @field_validator("*", mode="before")
    @classmethod
    def _check_resolved(cls, value: object) -> object:
        return check_resolved(value)

    @field_validator("local_stack")
    @classmethod
    def _check_local(cls, is_local: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's
        if is_local and info.context and info.context["is_azure"]:
            raise ValueError("must not be true in Azure")

        return is_local

    @field_validator(*HOSTS, check_fields=False)
    @classmethod
    def _check_address(cls, address: str | None, info: ValidationInfo) -> str | None:
        host = HOSTS[str(info.field_name)]
        is_local = info.data.get("local_stack", False)
        if address is not None and not is_safe(address, host, local=is_local):
            of = f"an address of {THIS_MACHINE}" if is_local else f"an https address of {host}"
            raise ValueError(f"must be {of}")

        return address

    @field_validator(*ROOTS, check_fields=False)
    @classmethod
    def _check_no_path(cls, address: str | None, info: ValidationInfo) -> str | None:
        is_local = info.data.get("local_stack", False)
        if address is not None and not is_local and not is_root(address):
            raise ValueError("must be an address without a path")

        return address
