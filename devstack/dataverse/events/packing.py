"""Turns a context into the bytes that travel, and drops what is too much.

https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks
"""

from dataclasses import dataclass

from devstack.dataverse.events.contract import Json, encode
from devstack.dataverse.events.options import EventOptions

_EMPTY: dict[str, Json] = {
    "InputParameters": [],
    "ParentContext": {},
    "PostEntityImages": [],
    "PreEntityImages": [],
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """Hold a body, and whether something had to be left out."""

    body: bytes
    size_exceeded: bool


def pack(context: dict[str, Json], options: EventOptions) -> Parcel:
    """Encode a context; one over the limit loses its bulky members and keeps its identity."""
    body = encode(context)
    if len(body) <= options.size_limit:
        return Parcel(body, size_exceeded=False)

    return Parcel(encode(_stripped(context, options)), size_exceeded=True)


def _stripped(context: dict[str, Json], options: EventOptions) -> dict[str, Json]:
    match options.truncation:
        case "absent":
            return {name: member for name, member in context.items() if name not in _EMPTY}
        case "null":
            return context | dict.fromkeys(_EMPTY)
        case "empty":
            return context | _EMPTY
