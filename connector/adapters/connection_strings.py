"""What the connection strings of Azure's products are, and where they may lead."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connector.adapters.safe_address import is_root, is_safe, is_safe_name

NAMESPACES = ".servicebus.windows.net"
TABLES = ".table.core.windows.net"

_BUS = re.compile(r"sb://([^/\s]+)/?", re.IGNORECASE)
_SUFFIX = TABLES.removeprefix(".table.")
_EMULATOR = "usedevelopmentstorage=true"
_ACCOUNT = re.compile(r"[a-z0-9]{1,24}", re.ASCII)
"""The name of a storage account, which becomes the first part of its host.

https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name
"""


@dataclass(frozen=True, slots=True)
class WayIn:
    """Is how a product is reached: by a connection string, or instead by an address.

    `leads_home` tells whether a string leads to a host of the product, or on the local stack to
    this machine: a key is sent, or signs, wherever its string says.
    """

    product: str
    hosts: str
    protocol: str
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
    """Tell whether the namespace is ours to use; only an emulator is spoken to without TLS."""
    parts = _parts(text)
    address = _BUS.fullmatch(parts["endpoint"])
    is_emulator = parts.get("usedevelopmentemulator", "").lower() == "true"

    return (
        address is not None
        and is_safe_name(address[1], NAMESPACES, local=local)
        and (local or not is_emulator)
    )


def _is_tables(text: str) -> bool:
    """Tell whether a text has a name and a key, or an address and a signature.

    https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    """
    parts = _parts(text)
    is_key = "accountname" in parts and _is_base64(parts.get("accountkey", ""))
    is_signed = "sharedaccesssignature" in parts and "tableendpoint" in parts

    return _is_emulator(text) or is_key or is_signed


def _is_home_table(text: str, local: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
    """Tell whether every address in a text, and the one that is made of its parts, is a home."""
    if _is_emulator(text):
        return local

    parts = _parts(text)
    named = ("tableendpoint", "tablesecondaryendpoint")
    addresses = [parts[name] for name in named if name in parts]
    if local:
        return bool(addresses) and all(is_safe(one, TABLES, local=True) for one in addresses)

    account = parts.get("accountname")

    return (
        all(is_safe(one, TABLES, local=False) and is_root(one) for one in addresses)
        and parts.get("defaultendpointsprotocol", "https").lower() == "https"
        and parts.get("endpointsuffix", _SUFFIX).lower() == _SUFFIX
        and (account is None or _ACCOUNT.fullmatch(account) is not None)
    )


def _is_emulator(text: str) -> bool:
    return text.lower() == _EMULATOR


def _is_base64(text: str) -> bool:
    try:
        return base64.b64decode(text, validate=True) != b""
    except binascii.Error:
        return False


def is_doubled(text: str) -> bool:
    """Tell whether a connection string says anything twice: two readers may read it in two ways."""
    names = [name.strip().lower() for name, _, _ in _split(text)]

    return len({*names}) < len(names)


def _parts(text: str) -> Mapping[str, str]:
    """Return the parts of a connection string by name in lower case; none of what is malformed.

    Azure's own clients take a space for a part of the name or the value, and no empty ones.
    """
    parts = {name.lower(): value for name, _, value in _split(text)}
    is_whole = all(name and value for name, value in parts.items())
    # A shared access signature has a word before its own parts.
    is_spaced = any(" " in name or value != value.strip() for name, value in parts.items())
    is_text = text.isprintable()

    return parts if is_whole and is_text and not is_spaced else {}


def names_entity(text: str) -> bool:
    """Tell whether a string is of one queue alone: we need two, with one key."""
    return "entitypath" in _parts(text)


def _split(text: str) -> list[tuple[str, str, str]]:
    return [part.partition("=") for part in text.rstrip(";").split(";")]


WAYS_IN = {
    "servicebus": WayIn(
        "Service Bus",
        NAMESPACES,
        "TLS",
        _is_servicebus,
        _is_home_bus,
        "servicebus_namespace",
        "__fullyQualifiedNamespace",
    ),
    "tables": WayIn(
        "Table Storage",
        TABLES,
        "https",
        _is_tables,
        _is_home_table,
        "tables_endpoint",
        "__endpoint",
    ),
}
"""What each connection string is, and what it can be replaced by."""
