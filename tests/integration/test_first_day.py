"""The first day: who is there before anybody connects, and where a field is made visible."""

import pytest
import pytest_asyncio

from devstack.stack import StackOptions
from devstack.stack.population import REFUSED, TROUBLED
from tests.integration.administrator import Administrator
from tests.integration.conftest import Local
from tests.integration.existing_people import CONTACTS, LEADS

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    return StackOptions(people=20, leads=4, troubled=True)


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def test_troubled_people_say_why(local: Local, admin: Administrator) -> None:
    """
    After the initial syncs the two who do not go through are told with their reasons.
    """
    for kind in (CONTACTS, LEADS):
        await admin.until(await admin.start(kind))

    contacts = await local.crm.rows("contact", "emailaddress1")
    ids = {row["emailaddress1"]: key for key, row in contacts.items()}
    told = {}
    for who in TROUBLED:
        _, found = await admin.call("GET", f"/records/contact/{ids[who['emailaddress1']]}")
        told[who["lastname"]] = (found["record"]["status"], found["record"]["reason"])
    in_spotler = await local.spotler.contacts()

    assert told == {"Kapot": ("excluded", "invalid_email"), "Weiger": ("failing", "rejected")}
    assert len(contacts) == 22
    assert (await local.crm.rows("lead")).keys() & in_spotler.keys()
    assert ids[REFUSED["emailaddress1"]] not in in_spotler


async def test_field_made_visible_can_be_mapped(local: Local, admin: Administrator) -> None:
    """
    A profile field that is made visible and named on Spotler's page can be added after a refresh.
    """
    before, _ = await admin.get("/mappings")
    page = f"{local.stack.facts('spotler')['view']}fields/profileField7"
    form = {"description": "Lievelingskleur", "visible": "on"}
    async with local.stack.http.post(page, data=form) as answer:
        assert answer.status == 200

    _, after = await admin.call("POST", "/mappings/refresh")

    assert "Lievelingskleur" not in str(before)
    assert "Lievelingskleur" in str(after)
