"""Who may call what: the master key, the host's function key, and keys of single functions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest


class AuthLevel(StrEnum):
    """Name what a caller of an HTTP function must hold."""

    ANONYMOUS = "ANONYMOUS"
    FUNCTION = "FUNCTION"
    ADMIN = "ADMIN"


def new_key() -> str:
    """Make a key that looks like the vendor's."""
    return secrets.token_urlsafe(40)


@dataclass(frozen=True, slots=True)
class Keys:
    """Hold every key of the host."""

    master: str = field(default_factory=new_key)
    function: str = field(default_factory=new_key)
    of_functions: Mapping[str, str] = field(default_factory=dict)
    enforced: bool = True

    def admit(self, level: AuthLevel, offered: str | None, function: str = "") -> bool:
        """Tell whether an offered key opens a function of a level."""
        if level is AuthLevel.ANONYMOUS or not self.enforced:
            return True

        accepted = [self.master]
        if level is AuthLevel.FUNCTION:
            accepted += [self.function, self.of_functions.get(function, "")]

        return any(_equal(offered or "", key) for key in accepted if key)


def _equal(offered: str, key: str) -> bool:
    return compare_digest(offered.encode(), key.encode())
