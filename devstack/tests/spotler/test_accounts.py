"""Several accounts in one simulator: what one holds, the other does not."""

import asyncio

import pytest

from devstack.spotler.server import DEMO
from devstack.tests.spotler.client import Caller


@pytest.fixture
async def second(spotler: Caller) -> Caller:
    opened = await spotler.control("PUT", "/accounts/second", {"secret": "s-2"})
    assert opened.status == 201

    return spotler.other("second", "s-2")


async def test_accounts_share_nothing(spotler: Caller, second: Caller) -> None:
    """
    A contact, a field or a switch of one account is none of the other's.
    """
    await spotler.has("c-1", firstName="Jan")

    await second.has("c-2", firstName="Piet")
    await second.control("PUT", "/properties/profileField7", {"visible": True})
    await second.control("PATCH", "/options", {"string_limit": 3})

    assert set((await spotler.control("GET", "/contacts")).data) == {"c-1"}
    assert set((await second.control("GET", "/contacts")).data) == {"c-2"}
    assert (await second.get("/contact/c-1")).status == 404
    hidden = (await spotler.get("/contact/properties/list")).data
    shown = (await second.get("/contact/properties/list")).data
    assert len(shown) == len(hidden) + 1
    assert spotler.account.options.string_limit == 255


async def test_secret_belongs_to_its_key(spotler: Caller, second: Caller) -> None:
    """
    The key of one account with the secret of another opens neither.
    """
    mixed = spotler.other("second", DEMO.secret)

    answer = await mixed.get("/contact/properties/list")

    assert (answer.status, answer.error) == (401, "NOT_AUTHORIZED")


async def test_closed_account_is_unknown(spotler: Caller, second: Caller) -> None:
    """
    The key of an account that was closed is not known any more; the first one stays.
    """
    accounts = (await spotler.control("GET", "/accounts")).data
    closed = await spotler.control("DELETE", "/accounts/second")

    assert accounts == {DEMO.key: {"contacts": 0}, "second": {"contacts": 0}}
    assert (closed.status, set(closed.data)) == (200, {DEMO.key})
    assert (await second.get("/contact/properties/list")).error == "AUTH_NOT_FOUND"
    assert (await second.control("GET", "/contacts")).status == 404
    assert (await spotler.control("DELETE", f"/accounts/{DEMO.key}")).status == 400


async def test_key_is_taken_once(spotler: Caller, second: Caller) -> None:
    """
    Two accounts never have one key.
    """
    again = await spotler.control("PUT", "/accounts/second", {"secret": "other"})

    assert again.status == 400
    assert (await second.get("/contact/properties/list")).status == 200


async def test_one_account_begins_anew(spotler: Caller, second: Caller) -> None:
    """
    An account can be emptied alone; without a name all begins anew, with one account.
    """
    for caller in (spotler, second):
        await caller.has("c-1")

    await second.control("POST", "/reset")
    left = (await spotler.control("GET", "/accounts")).data
    await spotler.control("POST", "/reset")

    assert left == {DEMO.key: {"contacts": 1}, "second": {"contacts": 0}}
    assert (await spotler.control("GET", "/accounts")).data == {DEMO.key: {"contacts": 0}}


async def test_closing_ends_waits(spotler: Caller, second: Caller) -> None:
    """
    Who waits for something in an account that is closed waits no longer.
    """
    asked = asyncio.create_task(second.control("GET", "/contacts/c-1", timeout=60))
    [_, tenant] = spotler.simulator.accounts.all()
    while not tenant.account.changes._waiting:  # noqa: ASYNC110  # it tells nobody who waits
        await asyncio.sleep(0)

    await spotler.control("DELETE", "/accounts/second")

    assert (await asked).status == 408


async def test_view_names_the_account(spotler: Caller, second: Caller) -> None:
    """
    The pages of a further account say whose they are, and lead to one another.
    """
    page = (await second.control("GET", "/")).text

    assert "Spotler-simulator: second" in page
    assert "/_devstack/fields?account=second" in page
