"""The settings by which it is noted how things go, in a model of their own.

What comes in while another setting is wrong is lost, so that these are read even then.
"""

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from connector.adapters.connection_strings import WAYS_IN, is_doubled, names_entity
from connector.adapters.environment_settings import THIS_MACHINE, EnvironmentSettings
from connector.adapters.setting_values import Id


class WaysIn(EnvironmentSettings):
    """The check of the ways into queues and tables, for the settings that have them."""

    @field_validator("servicebus", "tables", check_fields=False)
    @classmethod
    def _check_way_in(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        way = WAYS_IN[str(info.field_name)]
        is_local = info.data.get("local_stack", False)
        if value is not None and is_doubled(value.get_secret_value()):
            raise ValueError("must have each part once")
        if value is not None and not way.is_string(value.get_secret_value()):
            raise ValueError(f"must be a connection string of {way.product}, with its key")
        if value is not None and names_entity(value.get_secret_value()):
            raise ValueError("must be of the namespace, without EntityPath")
        if value is not None and not way.leads_home(value.get_secret_value(), is_local):
            to = THIS_MACHINE if is_local else f"a host of {way.hosts}, over {way.protocol}"
            raise ValueError(f"must lead to {to}")
        if value is None and info.data.get(way.instead, "") is None:
            raise ValueError(f"is missing (or {way.setting} for an identity)")

        return value


class StatusSettings(WaysIn):
    """The settings that a note of what is lost takes; in `Settings` they are the same.

    A wrong LOCAL_STACK is one that is not set: only where the tables are is asked here.
    """

    dataverse_organisation: Id = Field(alias="DATAVERSE_ORGANISATION_ID")
    tables_endpoint: str | None = Field(None, alias="TablesConnection__endpoint")
    tables_client: str | None = Field(None, alias="TablesConnection__clientId")
    tables: SecretStr | None = Field(None, alias="TablesConnection")

    @field_validator("local_stack", mode="wrap")
    @classmethod
    def _doubt_local(cls, value: object, check: ValidatorFunctionWrapHandler) -> bool:
        try:
            return bool(check(value))
        except ValidationError:
            return False
