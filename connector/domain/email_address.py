"""E-mail addresses that every mail system understands."""

from email_validator import EmailNotValidError, validate_email


def to_email_address(text: str) -> str | None:
    """Return the address in plain ASCII, or None when no mailing can reach it.

    The domain is written in lower case and punycode, the part before the @ as it came: only the
    receiver may know what that means. Nothing is asked of the network.
    """
    try:
        address = validate_email(
            text, allow_smtputf8=False, strict=True, check_deliverability=False
        )
    except EmailNotValidError:
        return None

    return address.ascii_email
