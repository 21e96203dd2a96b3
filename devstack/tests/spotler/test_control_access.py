"""The key and the secret may be changed while the account is in use."""

import pytest

from devstack.tests.spotler.client import Caller


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"secret": "another"}, "NOT_AUTHORIZED"),
        ({"key": "another"}, "AUTH_NOT_FOUND"),
    ],
)
async def test_old_credentials_are_refused(
    spotler: Caller, change: dict[str, str], error: str
) -> None:
    """
    Who signs with what was there before is refused, until it is there again.
    """
    before = spotler.simulator.credentials

    await spotler.control("PUT", "/credentials", change)
    refused = await spotler.get("/contact/properties/list")
    await spotler.control("PUT", "/credentials", {"key": before.key, "secret": before.secret})
    taken = await spotler.get("/contact/properties/list")

    assert (refused.status, refused.error, taken.status) == (401, error, 200)
