"""E-mail addresses that every mail system understands."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_LONGEST = 254
_PLAIN = re.compile(r"(?=.{1,64}$)[a-z0-9_+-]+(\.[a-z0-9_+-]+)*", re.ASCII | re.IGNORECASE)
"""Is what stands before the @ of nearly everybody, and is never changed but for its case."""


def to_email_address(text: str) -> str | None:
    """Return the address in plain ASCII, or None when no mailing can reach it.

    The domain is written in lower case and punycode, the part before the @ as it came: only the
    receiver may know what that means. Nothing is asked of the network.
    """
    local, _, domain = text.rpartition("@")
    is_word = local.isalpha() and not local.islower()  # of some words the case does not matter
    if is_word or not text.isascii() or not _PLAIN.fullmatch(local):
        return _validate(text)

    beside = _validate_beside(domain)
    address = f"{local}{beside}"

    return address if beside and len(address) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _validate_beside(domain: str) -> str | None:
    """Return the rest of an address from its @ on: many people share a domain."""
    address = _validate(f"x@{domain}")

    return address and address[1:]


def _validate(text: str) -> str | None:
    try:
        address = validate_email(
            text, allow_smtputf8=False, strict=True, check_deliverability=False
        )
    except EmailNotValidError:
        return None

    return address.ascii_email
