"""How the text of a setting is read, and what is said of one that is wrong."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo

from connector.adapters.safe_address import is_origin

MOST_MEMBERS = 100

_MEMBER = re.compile(r"[a-z0-9_]{1,40}")
_REFERENCE = re.compile(r"\s*@Microsoft\.(KeyVault|AppConfiguration)\(", re.IGNORECASE)
_PLACES = {"keyvault": "the key vault", "appconfiguration": "the app configuration"}
_IN_OUR_WORDS = {
    "missing": "is missing",
    "uuid_parsing": "must be a GUID",
    "unexpected_keyword_argument": "is not known",
}


def check_resolved(value: object) -> object:
    """Return what stands in a setting; raises `ValueError` for a reference to a value.

    Azure hands the text of the reference to the app where it cannot resolve it.
    https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
    """
    place = _REFERENCE.match(value) if isinstance(value, str) else None
    if place is not None:
        raise ValueError(
            "must be the value itself, but Azure could not resolve the reference to it: look at"
            f" the name in it, and whether the app may read {_PLACES[place[1].lower()]}"
        )

    return value


def check_time_zone(name: str) -> str:
    """Return the name of a time zone as it is; raises `ValueError` when there is no such zone."""
    if name not in available_timezones():
        raise ValueError("must be the name of a time zone, such as Europe/Amsterdam")

    return name


type TimeZone = Annotated[str, AfterValidator(check_time_zone)]


def to_origin(address: str, info: ValidationInfo) -> str:
    """Return an origin; Azure gives a bare host, which has https except on the local stack."""
    is_local = info.data.get("local_stack", False)
    scheme = "http" if is_local else "https"
    origin = (address if "://" in address else f"{scheme}://{address}").removesuffix("/")
    if not is_origin(origin, local=is_local):
        raise ValueError("must be an https address without a path")

    return origin


type Origin = Annotated[str, AfterValidator(to_origin)]


def read_json(value: object) -> object:
    """Read a setting that is a JSON object; other values go on as they are."""
    try:
        return json.loads(value, object_pairs_hook=_to_object) if isinstance(value, str) else value
    except RecursionError:
        raise ValueError("must not be nested so deep") from None


def _to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object; of two members of one name it is not known which one is meant."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("must have each member once")

    return members


def split(value: object) -> object:
    """Split a setting that is a list with commas; other values go on as they are."""
    if not isinstance(value, str):
        return value
    if value.count(",") >= MOST_MEMBERS:
        raise ValueError(f"must have at most {MOST_MEMBERS} members")

    return [one.strip() for one in value.split(",")]


def name_faults(exc: ValidationError, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """Yield what is wrong, by the names in the environment and never with a value."""
    for error in exc.errors(include_input=False, include_url=False):
        name = str(error["loc"][0])
        field = fields.get(name)
        said = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
        member = next((part for part in error["loc"][1:2] if isinstance(part, str)), "")
        place = f"{member} " if _MEMBER.fullmatch(member) else ""
        yield f"{field.alias if field else name}: {place}{_IN_OUR_WORDS.get(error['type'], said)}"


def check_id(value: UUID) -> UUID:
    """Return an id as it is; raises `ValueError` for zeros, which stand for none."""
    if value.int == 0:
        raise ValueError("must not be zeros")

    return value


type Id = Annotated[UUID, AfterValidator(check_id)]
