"""Whose calls were refused for their secret: known afterwards, when the secret turns out ours."""

import hashlib
from typing import Final

from connector.domain.contact import OrganisationId

TAG_BYTES: Final = 4
"""Enough to tell a few secrets apart, and too little to find one by."""


def tag_of(secret: bytes, organisation: OrganisationId) -> str:
    """Return what tells a secret from others and does not give it away."""
    key = organisation.encode()[: hashlib.blake2b.MAX_KEY_SIZE]

    return hashlib.blake2b(secret, digest_size=TAG_BYTES, key=key).hexdigest()
