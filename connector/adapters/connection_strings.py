"""What the connection strings of Azure's products are, and where they may lead."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connector.adapters.safe_address import is_safe, is_safe_name

NAMESPACES = ".servicebus.windows.net"
TABLES = ".table.core.windows.net"

_BUS = re.compile(r"sb://([^/\s]+)/?", re.IGNORECASE)
_SUFFIX = TABLES.removeprefix(".table.")


@dataclass(frozen=True, slots=True)
class WayIn:
    """Is how a product is reached: by a connection string, or instead by an address.

    `leads_home` tells whether a string leads to a host of the product, or on the local stack to
    this machine: a key is sent, or signs, wherever its string says.
    """

    product: str
    hosts: str
    is_string: Callable[[str], bool]
    leads_home: Callable[[str, bool], bool]
    instead: str
    setting: str


def _is_servicebus(text: str) -> bool:
    """Tell whether a text has an address and a key.

    https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas#use-a-connection-string
    """
    parts = _parts(text)
    is_key = {"sharedaccesskeyname", "sharedaccesskey"} <= parts.keys()
    is_signed = is_key or "sharedaccesssignature" in parts

    return is_signed and _BUS.fullmatch(parts.get("endpoint", "")) is not None


def _is_home_bus(text: str, local: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
    address = _BUS.fullmatch(_parts(text)["endpoint"])

    return address is not None and is_safe_name(address[1], NAMESPACES, local=local)


def _is_tables(text: str) -> bool:
    """Tell whether a text has a name and a key, or an address and a signature.

    https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    """
    parts = _parts(text)
    is_key = "accountname" in parts and _is_base64(parts.get("accountkey", ""))
    is_signed = "sharedaccesssignature" in parts and "tableendpoint" in parts

    return _is_emulator(parts) or is_key or is_signed


def _is_home_table(text: str, local: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
    parts = _parts(text)
    address = parts.get("tableendpoint")
    if address is not None:
        return is_safe(address, TABLES, local=local)
    if local:
        return _is_emulator(parts)

    return parts.get("endpointsuffix", _SUFFIX).lower() == _SUFFIX


def _is_emulator(parts: Mapping[str, str]) -> bool:
    return parts.get("usedevelopmentstorage", "").lower() == "true"


def _is_base64(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True) != b""
    except binascii.Error:
        return False


def _parts(text: str) -> Mapping[str, str]:
    """Return the parts of a connection string that say something, by name in lower case."""
    pairs = (part.partition("=") for part in text.split(";"))

    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}


WAYS_IN = {
    "servicebus": WayIn(
        "Service Bus",
        NAMESPACES,
        _is_servicebus,
        _is_home_bus,
        "servicebus_namespace",
        "__fullyQualifiedNamespace",
    ),
    "tables": WayIn(
        "Table Storage", TABLES, _is_tables, _is_home_table, "tables_endpoint", "__endpoint"
    ),
}
"""What each connection string is, and what it can be replaced by."""
