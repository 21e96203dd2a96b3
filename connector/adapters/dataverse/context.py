"""The execution context that Dataverse posts: its typed values, and what we read of it.

Only what identifies the event is demanded. Whatever else has an unexpected shape is taken for
absent: an event is not lost for it.

https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from connector.adapters.dataverse.guid import NO_GUID, find_guid, to_guid

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
    """Return a list of keys and values by key; what is none counts for nothing.

    Of a key that stands there twice the first counts.
    """
    pairs = filter(_is_pair, value) if isinstance(value, list) else ()

    return {pair["key"]: unwrap(pair.get("value")) for pair in reversed([*pairs])}


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


def find_named_guid(value: object) -> str | None:
    """Find an id that names something, or None."""
    guid = find_guid(unwrap(value))

    return None if guid == NO_GUID else guid


def _find_object(value: object) -> object:
    return value if isinstance(value, dict) else None


type _Guid = Annotated[str, BeforeValidator(unwrap), PlainValidator(to_guid)]
type _NamedGuid = Annotated[str, PlainValidator(to_named_guid)]
type _OptionalGuid = Annotated[str | None, PlainValidator(find_named_guid)]
type _Time = Annotated[datetime | None, PlainValidator(find_time)]
type _Pairs = Annotated[Pairs, PlainValidator(to_pairs)]
type _Optional[T] = Annotated[T | None, BeforeValidator(_find_object)]
type _Name = Annotated[str, Field(min_length=1, max_length=128)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Step(_Part):
    """Is the registered step that called us."""

    id: _OptionalGuid = Field(default=None, alias="Id")


class Parent(_Part):
    """Is the operation inside which ours ran, as far as it tells us something."""

    message: object = Field(default=None, alias="MessageName")
    row_id: _OptionalGuid = Field(default=None, alias="PrimaryEntityId")
    shared: _Pairs = Field(default_factory=dict, alias="SharedVariables")


class Context(_Part):
    """Is the execution context; what is not read here may come, go and change.

    The images stay as they came: `find_image` reads the one that somebody wants.
    """

    organisation: _NamedGuid = Field(alias="OrganizationId")
    table: _Name = Field(alias="PrimaryEntityName")
    row_id: _OptionalGuid = Field(default=None, alias="PrimaryEntityId")
    message: _Name = Field(alias="MessageName")
    operation: _Guid = Field(alias="OperationId")
    request: _OptionalGuid = Field(default=None, alias="RequestId")
    correlation: _OptionalGuid = Field(default=None, alias="CorrelationId")
    initiating_user: _OptionalGuid = Field(default=None, alias="InitiatingUserId")
    created_on: _Time = Field(default=None, alias="OperationCreatedOn")
    step: _Optional[Step] = Field(default=None, alias="OwningExtension")
    inputs: _Pairs = Field(default_factory=dict, alias="InputParameters")
    shared: _Pairs = Field(default_factory=dict, alias="SharedVariables")
    before: object = Field(default=None, alias="PreEntityImages")
    after: object = Field(default=None, alias="PostEntityImages")
    parent: _Optional[Parent] = Field(default=None, alias="ParentContext")


def find_image(images: object, alias: str) -> Pairs | None:
    """Find a registered image by its alias: plain values by column, or None when it is not there.

    Never by position: the platform adds images of its own.
    """
    image = to_pairs(images).get(alias)
    attributes = image.get("Attributes") if isinstance(image, dict) else None
    if not isinstance(attributes, list):
        return None

    return {name: to_plain(value) for name, value in to_pairs(attributes).items()}
