"""The rows of a registration decide who hears of what."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from devstack.dataverse.events.webhook import Webhook, register_webhook
from devstack.dataverse.values import Choice
from devstack.tests.dataverse.events_stage import (
    SANNE,
    Stage,
    creation,
    email_update,
    operation,
    stage,
)


@pytest.fixture
async def play() -> AsyncIterator[Stage]:
    async with stage() as built:
        yield built


async def test_rows_of_registration(play: Stage) -> None:
    """
    A webhook is an endpoint with one asynchronous step per table and message, and its images.
    """
    endpoint = play.register(
        images={"contact": ("fullname",)}, filtering={"contact": ("emailaddress1", "statecode")}
    )

    row = play.store.find("serviceendpoint", endpoint)
    assert row is not None
    assert (row.get("contract"), row.get("authtype")) == (Choice(8), Choice(4))
    steps = {str(step.get("name")): step for step in play.steps()}
    assert len(steps) == 6
    assert {step.get("mode") for step in steps.values()} == {Choice(1)}
    update = steps["webhook: Update of contact"]
    assert update.get("filteringattributes") == "emailaddress1,statecode"
    images = play.store.rows("sdkmessageprocessingstepimage")
    assert {(one.get("entityalias"), one.get("messagepropertyname")) for one in images} == {
        ("spotler_pre", "Target"),
        ("spotler_post", "Target"),
        ("spotler_post", "Id"),
    }


async def test_filter_on_presence(play: Stage) -> None:
    """
    A filtered column that is in the request counts, though its value stayed what it was.
    """
    play.register(filtering={"contact": ("firstname", "emailaddress1")})
    row_id = play.contact()

    contexts = await play.tell(email_update(play.store, row_id, str(SANNE["emailaddress1"])))

    assert len(contexts) == 1


async def test_filter_ignores_other_columns(play: Stage) -> None:
    """
    An update without a filtered column in the request is not told, whatever the platform added.
    """
    play.register(filtering={"contact": ("firstname", "modifiedon")})
    row_id = play.contact()

    assert await play.tell(email_update(play.store, row_id)) == []


async def test_filter_is_for_updates(play: Stage) -> None:
    """
    Every creation is told, whatever the filter of updates.
    """
    play.register(filtering={"contact": ("jobtitle",)})

    assert len(await play.tell(creation(play.store))) == 1


async def test_other_table_is_silent(play: Stage) -> None:
    """
    A step hears of its own table only.
    """
    play.register(tables=("lead",))

    assert await play.tell(creation(play.store)) == []


async def test_step_for_all_tables(play: Stage) -> None:
    """
    A step without a filter hears of every table.
    """
    play.register(messages=("Create",), tables=("lead",))
    [step] = play.steps()
    play.store.update("sdkmessageprocessingstep", step.id, {"sdkmessagefilterid": None})

    assert len(await play.tell(creation(play.store))) == 1


@pytest.mark.parametrize("change", [{"statecode": 1}, {"supporteddeployment": 1}], ids=str)
async def test_disabled_step_is_silent(play: Stage, change: dict[str, int]) -> None:
    """
    A step that is switched off, or left to offline clients, is not told from that moment on.
    """
    play.register(messages=("Create",), tables=("contact",))
    [step] = play.steps()
    values = {name: Choice(value) for name, value in change.items()}
    play.store.update("sdkmessageprocessingstep", step.id, values)

    assert await play.tell(creation(play.store)) == []


async def test_copy_of_step_tells_twice(play: Stage) -> None:
    """
    Two registrations are two events, each with its own job and its own step.
    """
    play.register()
    play.register()

    first, second = await play.tell(creation(play.store))

    assert first["OperationId"] != second["OperationId"]
    assert first["OwningExtension"]["Id"] != second["OwningExtension"]["Id"]
    assert first["CorrelationId"] == second["CorrelationId"]


async def test_synchronous_step_is_refused(play: Stage) -> None:
    """
    A synchronous step is not simulated, which the write says loudly.
    """
    play.register(messages=("Create",), tables=("contact",))
    [step] = play.steps()
    play.store.update("sdkmessageprocessingstep", step.id, {"mode": Choice(0)})

    with pytest.raises(web.HTTPNotImplemented) as caught:
        play.pipeline.on_operations([creation(play.store)])

    assert "webhook: Create of contact" in str(caught.value.text)


async def test_unknown_table_is_refused(play: Stage) -> None:
    """
    A webhook for a table without messages cannot be registered.
    """
    webhook = Webhook(url=play.receiver.url, tables=("account",))

    with pytest.raises(LookupError, match="account"):
        register_webhook(play.store, webhook)


async def test_qualification_needs_its_step(play: Stage) -> None:
    """
    A qualification itself is told only to who registered for it.
    """
    play.register()
    lead = play.store.insert("lead", {"fullname": "Pieter Jansen"}).id

    assert await play.tell(operation("QualifyLead", lead, table="lead")) == []
