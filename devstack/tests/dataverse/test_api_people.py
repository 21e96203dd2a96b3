"""Made-up people, and the pages and switches to handle them."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.people import people
from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


def test_same_seed_same_people() -> None:
    """
    A seed always gives the same people, and another seed others.
    """
    assert list(people(20, 1)) == list(people(20, 1))
    assert list(people(20, 1)) != list(people(20, 2))


def test_people_are_plausible() -> None:
    """
    A thousand people have among them what makes syncing hard.
    """
    crowd = list(people(1000, 3))
    mobiles = [str(one.shared["mobilephone"]) for one in crowd if "mobilephone" in one.shared]
    birthdays = [one.private["birthdate"] for one in crowd if "birthdate" in one.private]
    postcodes = [str(one.shared["address1_postalcode"]) for one in crowd]
    emails = [str(one.shared["emailaddress1"]) for one in crowd if "emailaddress1" in one.shared]

    assert all(re.fullmatch(r"[1-9]\d{3} ?[A-Za-z]{2}", one) for one in postcodes)
    assert {one[:3] for one in mobiles} >= {"06-", "+31", "+32", "003"}
    assert min(str(one) for one in birthdays) < "1970"
    assert all(isinstance(one, dt.date) for one in birthdays)
    assert 0 < len(emails) < 1000
    assert len(set(emails)) == len(emails)
    assert all(one.isascii() for one in emails)
    assert any(one.shared.get("middlename") for one in crowd)


async def test_seed_is_silent(stage: Stage) -> None:
    """
    Seeded people are there at once and wake nobody, unless asked to.
    """
    quiet = await stage.control("POST", "seed", {"count": 30, "seed": 5})
    silence = list(stage.ear.heard)
    loud = await stage.control("POST", "seed", {"count": 3, "table": "lead", "events": True})

    assert len(quiet.json["ids"]) == 30
    assert silence == []
    assert [one for _, _, one in stage.ear.take()] == loud.json["ids"]
    employed = await stage.get("contacts", filter="parentcustomerid_account/name ne null")
    assert len(employed.rows) == 20
    assert (await stage.get("contacts", count="true")).json["@odata.count"] == 30


@pytest.mark.parametrize("body", [{"count": 1, "table": "nonsense"}, {"amount": 1}])
async def test_bad_seed_is_refused(stage: Stage, body: dict[str, object]) -> None:
    """
    A seed that cannot be read is refused.
    """
    assert (await stage.control("POST", "seed", body)).status == 400


async def test_dump_holds_all_rows(stage: Stage) -> None:
    """
    A dump holds every row, with the columns that were asked for.
    """
    await stage.control("POST", "seed", {"count": 12})

    whole = (await stage.control("GET", "tables/contact")).json
    narrow = (await stage.control("GET", "tables/contact?columns=contactid,lastname")).json

    assert whole["count"] == len(whole["rows"]) == 12
    assert whole["rows"][0]["address1_country"] == "Nederland"
    assert set(narrow["rows"][0]) == {"contactid", "lastname"}
    assert (await stage.control("GET", "tables/nonsense")).status == 404


async def test_reset_keeps_foundation(stage: Stage) -> None:
    """
    A reset takes the people away and leaves users, messages and steps.
    """
    await stage.control("POST", "seed", {"count": 12})
    await stage.make("serviceendpoints", name="x", contract=8, authtype=4)

    answer = await stage.control("POST", "reset")

    store = stage.simulator.store
    assert answer.status == 204
    assert (store.count("contact"), store.count("account")) == (0, 0)
    assert store.count("systemuser") == 3
    assert store.count("serviceendpoint") == 1
    assert await stage.make("contacts", lastname="Vos")
