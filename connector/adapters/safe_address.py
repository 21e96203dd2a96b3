"""Where our secrets may be sent: to hosts that we know, over https, and nowhere else."""

import re
from typing import Final

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
HIGHEST_PORT: Final = 65535

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[::1\]|[a-z0-9-]+(\.[a-z0-9-]+)*)(:(?P<port>[0-9]{1,5}))?(/[\w./~-]*)?",
    re.ASCII | re.IGNORECASE,
)
"""Has no place for a user, a query, a fragment, or what two readers would read in two ways."""


def is_safe(address: str, host: str, *, local: bool) -> bool:
    """Tell whether an address leads to a host; one that begins with a dot is the end of a name.

    On the local stack it must lead to this machine, whatever the host.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None or not _has_good_port(parts):
        return False

    name = parts["host"].lower()
    if local:
        return name in LOOPBACK

    is_known = name.endswith(host) if host.startswith(".") else name == host
    is_secure = parts["scheme"].lower() == "https" and parts["port"] in {None, "443"}

    return is_known and is_secure


def is_origin(address: str, *, local: bool) -> bool:
    """Tell whether an address is https, a host and perhaps a port; http on the local stack only."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None or address.count("/") > len("//"):
        return False

    is_home = local and parts["host"].lower() in LOOPBACK

    return (parts["scheme"].lower() == "https" or is_home) and _has_good_port(parts)


def is_root(address: str) -> bool:
    """Tell whether an address has no path."""
    return address.removesuffix("/").count("/") <= len("//")


def is_safe_name(name: str, host: str, *, local: bool) -> bool:
    """Tell whether a name, with nothing before or behind it, is that of a host.

    On the local stack it may have a port.
    """
    is_bare = "/" not in name and (local or ":" not in name)

    return is_bare and is_safe(f"https://{name}", host, local=local)


def _has_good_port(parts: re.Match[str]) -> bool:
    return 0 < int(parts["port"] or HIGHEST_PORT) <= HIGHEST_PORT
