"""Every webhook that the simulated Dataverse sends is read, whatever shape it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from connector.adapters.dataverse.context import find_image
from connector.adapters.dataverse.webhook import parse_context, parse_webhook
from connector.domain.event import Notification
from devstack.dataverse.events.options import EventOptions
from devstack.dataverse.events.webhook import POST_ALIAS, Webhook, register_webhook
from devstack.serving import listen
from tests.builders import a_contact_key, a_lead_key
from tests.contract.crm_worlds import SimulatedWorld, simulated

SANNE = a_contact_key(1)
LEAD = a_lead_key(2)
IMAGES = {"contact": ("emailaddress1", "ownerid", "statecode"), "lead": ("emailaddress1",)}


class Inbox:
    """Keeps the bodies that were posted, and the world that posts them."""

    def __init__(self, world: SimulatedWorld) -> None:
        self.world = world
        self.bodies: list[bytes] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())

        return web.Response(status=202)

    async def notifications(self) -> list[Notification]:
        """Return what was posted, when nothing is on its way any more."""
        async with asyncio.timeout(30):
            assert await self.world.simulator.events.wait_idle()

        return [parse_webhook(body) for body in self.bodies]


@asynccontextmanager
async def an_inbox(options: EventOptions | None = None) -> AsyncIterator[Inbox]:
    async with simulated() as world:
        inbox = Inbox(world)
        app = web.Application()
        app.router.add_post("/", inbox.take)
        runner, port = await listen(app, "127.0.0.1", 0)
        webhook = Webhook(url=f"http://127.0.0.1:{port}/", images=IMAGES, qualify_lead=True)
        register_webhook(world.simulator.store, webhook)
        world.simulator.events.options = options or EventOptions()
        try:
            yield inbox
        finally:
            await runner.cleanup()


async def live_a_life(world: SimulatedWorld) -> None:
    """Let one contact come and go, and one lead become another."""
    await world.put(SANNE, lastname="de Vries", emailaddress1="s@example.nl")
    await world.put(SANNE, emailaddress1="sanne@example.nl")
    await world.write("DELETE", f"contacts({SANNE.id})")
    await world.put(LEAD, lastname="Jansen", subject="brochure")
    wanted = {"CreateContact": True, "CreateAccount": False, "CreateOpportunity": False}
    path = f"leads({LEAD.id})/Microsoft.Dynamics.CRM.QualifyLead"
    await world.write("POST", path, {**wanted, "Status": 3})


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(EventOptions(), id="as-documented"),
        pytest.param(EventOptions(legacy=True), id="27-members"),
        pytest.param(EventOptions(noise=True), id="unknown-members"),
        pytest.param(EventOptions(wrapped=True), id="wrapped-values"),
        pytest.param(EventOptions(offset_minutes=-450), id="offset"),
        pytest.param(EventOptions(nested_depth=True, state_parent=False), id="other-parents"),
        pytest.param(EventOptions(truncation="absent", size_limit=1), id="dropped"),
        pytest.param(EventOptions(truncation="null", size_limit=1), id="nulled"),
        pytest.param(EventOptions(truncation="empty", size_limit=1), id="emptied"),
    ],
)
async def test_life_is_told(options: EventOptions) -> None:
    """
    Whatever happens to a person is told with table, id and message, in every shape.
    """
    async with an_inbox(options) as inbox:
        await live_a_life(inbox.world)

        told = await inbox.notifications()

    contact = {(one.row_id, one.message) for one in told if one.table == "contact"}
    lead = {(one.row_id, one.message) for one in told if one.table == "lead"}
    mine = {(SANNE.id, message) for message in ("Create", "Update", "Delete")}
    assert mine < contact
    assert [message for _, message in contact - mine] == ["Create"]
    assert lead == {(LEAD.id, message) for message in ("Create", "Update", "QualifyLead")}
    assert {one.organisation for one in told} == {inbox.world.simulator.options.organisation_id}
    assert all(one.created_on is not None and is_recent(one.created_on) for one in told)
    assert len({(one.step, one.operation) for one in told}) == len(told)


def is_recent(moment: datetime) -> bool:
    return abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


async def test_own_write_is_marked() -> None:
    """
    What we write with a tag comes back with it, from our own user; what people write does not.
    """
    async with an_inbox() as inbox:
        await inbox.world.put(SANNE, lastname="de Vries")
        path = f"contacts({SANNE.id})?tag=spotler-connector"
        await inbox.world.client.patch(path, {"firstname": "Sanne"})

        [theirs, ours] = await inbox.notifications()

    me = inbox.world.simulator.options.application_user_id
    assert (ours.tag, ours.initiating_user) == ("spotler-connector", me)
    assert theirs.tag is None
    assert theirs.initiating_user != me


@pytest.mark.parametrize("wrapped", [False, True])
async def test_image_is_read(wrapped: bool) -> None:
    """
    An image is found by its alias, with plain values.
    """
    async with an_inbox(EventOptions(wrapped=wrapped)) as inbox:
        await inbox.world.put(SANNE, lastname="de Vries", emailaddress1="s@example.nl")
        await inbox.notifications()

    image = find_image(parse_context(inbox.bodies[0]).after, POST_ALIAS)
    assert image is not None
    assert image["emailaddress1"] == "s@example.nl"
    assert image["statecode"] == 0
    assert isinstance(image["ownerid"], str)
