"""The keys that may sign licences, by kid, and the licences that were withdrawn.

Both live in the package and nowhere else: who can edit settings could add a key of their own. A
new key ships a release before the first licence that is signed with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LicenceKey:
    """Is a public key with the one algorithm that it is for.

    Anybody can sign with a demonstration key: it counts on the local stack alone.
    """

    pem: str
    algorithm: str = "EdDSA"
    is_demonstration: bool = False


KEYS: Final[Mapping[str, LicenceKey]] = {
    "demo-2026": LicenceKey(
        """\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA2aa1LkwGg6mwxziFWPtadN7kfc/rMT5RLBZcDuxnbwc=
-----END PUBLIC KEY-----
""",
        is_demonstration=True,
    ),
}

REVOKED: Final[frozenset[str]] = frozenset()
"""The `jti` of licences that must not be honoured any more."""
