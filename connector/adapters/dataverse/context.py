"""The execution context that Dataverse posts: its typed values, and what we read of it.

https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from connector.adapters.dataverse.guid import NO_GUID, to_guid
from connector.domain.errors import InvalidEventError

type Pairs = Mapping[str, object]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"/Date\((-?[0-9]{1,15})(?:([+-])([0-9]{2})([0-9]{2}))?\)/")


def unwrap(value: object) -> object:
    """Take a plain value out of the wrapper that some contexts put around ids and dates."""
    return value["__value"] if isinstance(value, dict) and "__value" in value else value


def find_time(value: object) -> datetime | None:
    """Find the moment that a date tells, or None when it tells none.

    Where a date has an offset, Dataverse has taken it off already: true time is the sum of both.
    """
    value = unwrap(value)
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None

    milliseconds, sign, hours, minutes = match.groups(default="0")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        moment = _EPOCH + timedelta(milliseconds=int(milliseconds))
        return moment - offset if sign == "-" else moment + offset
    except OverflowError:
        return None


def to_pairs(value: object) -> Pairs:
    """Return a list of keys and values by key; a truncated context may have none.

    Of a key that stands there twice the first counts: a hint is not lost for that.
    """
    if not value:
        return {}
    if not (isinstance(value, list) and all(map(_is_pair, value))):
        raise ValueError("must be a list of keys and values")

    return {pair["key"]: unwrap(pair.get("value")) for pair in reversed(value)}


def _is_pair(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("key"), str)


def to_plain(value: object) -> object:
    """Return what a typed value says: a choice's number, an amount, or a lookup's id."""
    if isinstance(value, list):
        return [to_plain(item) for item in value]

    value = unwrap(value)
    if not isinstance(value, dict):
        return value

    return value["Value"] if "Value" in value else unwrap(value.get("Id"))


def to_named_guid(value: object) -> str:
    """Return an id that names something, or raise ValueError."""
    guid = to_guid(unwrap(value))
    if guid == NO_GUID:
        raise ValueError("must not be zeros")

    return guid


def to_optional_guid(value: object) -> str | None:
    """Return an id, or None where there is none; raise ValueError for anything else."""
    value = unwrap(value)

    return to_guid(value) if value else None


type _Guid = Annotated[str, PlainValidator(to_named_guid)]
type _OptionalGuid = Annotated[str | None, PlainValidator(to_optional_guid)]
type _Time = Annotated[datetime | None, PlainValidator(find_time)]
type _Pairs = Annotated[Pairs, PlainValidator(to_pairs)]
type _Optional[T] = Annotated[T | None, BeforeValidator(lambda value: value or None)]
type _Name = Annotated[str, Field(min_length=1, max_length=128)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Step(_Part):
    """Is the registered step that called us."""

    id: _OptionalGuid = Field(default=None, alias="Id")


class Parent(_Part):
    """Is the operation inside which ours ran, as far as it tells us something."""

    message: object = Field(default=None, alias="MessageName")
    row_id: object = Field(default=None, alias="PrimaryEntityId")
    shared: _Pairs = Field(default_factory=dict, alias="SharedVariables")


class Context(_Part):
    """Is the execution context; what is not read here may come, go and change."""

    organisation: _Guid = Field(alias="OrganizationId")
    table: _Name = Field(alias="PrimaryEntityName")
    row_id: _OptionalGuid = Field(default=None, alias="PrimaryEntityId")
    message: _Name = Field(alias="MessageName")
    operation: _Guid = Field(alias="OperationId")
    correlation: _OptionalGuid = Field(default=None, alias="CorrelationId")
    initiating_user: _OptionalGuid = Field(default=None, alias="InitiatingUserId")
    created_on: _Time = Field(default=None, alias="OperationCreatedOn")
    step: _Optional[Step] = Field(default=None, alias="OwningExtension")
    inputs: _Pairs = Field(default_factory=dict, alias="InputParameters")
    shared: _Pairs = Field(default_factory=dict, alias="SharedVariables")
    before: _Pairs = Field(default_factory=dict, alias="PreEntityImages")
    after: _Pairs = Field(default_factory=dict, alias="PostEntityImages")
    parent: _Optional[Parent] = Field(default=None, alias="ParentContext")


def find_image(images: Pairs, alias: str) -> Pairs | None:
    """Find a registered image by its alias: plain values by column, or None when it is not there.

    Never by position: the platform adds images of its own.
    """
    image = images.get(alias)
    if not isinstance(image, dict):
        return None

    try:
        attributes = to_pairs(image.get("Attributes"))
    except ValueError as error:
        raise InvalidEventError(f"an image's attributes {error}") from error

    return {name: to_plain(value) for name, value in attributes.items()}
