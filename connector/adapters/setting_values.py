"""How the text of a setting is read, and what is said of one that is wrong."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, ValidationError
from pydantic.fields import FieldInfo

_BUS = re.compile(r"sb://[^/\s]+/?", re.IGNORECASE)
_MEMBER = re.compile(r"[a-z0-9_]{1,40}")
_IN_OUR_WORDS = {
    "missing": "is missing",
    "uuid_parsing": "must be a GUID",
    "unexpected_keyword_argument": "is not known",
}


def check_time_zone(name: str) -> str:
    """Return the name of a time zone as it is; raises `ValueError` when there is no such zone."""
    if name not in available_timezones():
        raise ValueError("must be the name of a time zone, such as Europe/Amsterdam")

    return name


type TimeZone = Annotated[str, AfterValidator(check_time_zone)]


def read_json(value: object) -> object:
    """Read a setting that is a JSON object; other values go on as they are."""
    return json.loads(value) if isinstance(value, str) else value


def split(value: object) -> object:
    """Split a setting that is a list with commas; other values go on as they are."""
    return [one.strip() for one in value.split(",")] if isinstance(value, str) else value


def name_faults(exc: ValidationError, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """Yield what is wrong, by the names in the environment and never with a value."""
    for error in exc.errors(include_input=False, include_url=False):
        name = str(error["loc"][0])
        field = fields.get(name)
        said = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
        member = next((part for part in error["loc"][1:2] if isinstance(part, str)), "")
        place = f"{member} " if _MEMBER.fullmatch(member) else ""
        yield f"{field.alias if field else name}: {place}{_IN_OUR_WORDS.get(error['type'], said)}"


def is_servicebus_string(text: str) -> bool:
    """Tell whether a text looks like a connection string of Service Bus: an address and a key.

    https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas#use-a-connection-string
    """
    parts = _parts(text)
    is_key = {"sharedaccesskeyname", "sharedaccesskey"} <= parts.keys()
    is_signed = is_key or "sharedaccesssignature" in parts

    return is_signed and _BUS.fullmatch(parts.get("endpoint", "")) is not None


def is_tables_string(text: str) -> bool:
    """Tell whether a text looks like a connection string of Table Storage.

    https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    """
    parts = _parts(text)
    is_local = parts.get("usedevelopmentstorage", "").lower() == "true"
    is_key = {"accountname", "accountkey"} <= parts.keys()
    is_signed = "sharedaccesssignature" in parts and "tableendpoint" in parts

    return is_local or is_key or is_signed


def check_id(value: UUID) -> UUID:
    """Return an id as it is; raises `ValueError` for zeros, which stand for none."""
    if value.int == 0:
        raise ValueError("must not be zeros")

    return value


type Id = Annotated[UUID, AfterValidator(check_id)]


def _parts(text: str) -> Mapping[str, str]:
    """Return the parts of a connection string that say something, by name in lower case."""
    pairs = (part.partition("=") for part in text.split(";"))

    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}


@dataclass(frozen=True, slots=True)
class WayIn:
    """Is how a product of Azure's is reached: by a connection string, or instead by an address."""

    product: str
    is_string: Callable[[str], bool]
    instead: str
    setting: str


WAYS_IN = {
    "servicebus": WayIn(
        "Service Bus", is_servicebus_string, "servicebus_namespace", "__fullyQualifiedNamespace"
    ),
    "tables": WayIn("Table Storage", is_tables_string, "tables_endpoint", "__endpoint"),
}
"""What each connection string is, and what it can be replaced by."""
