"""What waits for a person: looked at, sent again and discarded through the front door."""

import uuid

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F103", "F104", "F113"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def parked(admin: Administrator) -> dict[str, Json]:
    """Return what is parked, by the id of the record or else of the row."""
    status, answer = await admin.call("GET", "/parked")
    assert status == 200, answer

    return {one["record_id"] or one["id"]: one for one in answer["parked"]}


async def put(local: Local, queue: str, body: bytes) -> None:
    connection = local.stack.settings["ServiceBusConnection"]
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_sender(queue) as sender,
    ):
        await sender.send_messages(ServiceBusMessage(body, message_id=str(uuid.uuid4())))
    await local.stack.settle()


async def test_refused_person_is_sent_from_the_parking(local: Local, admin: Administrator) -> None:
    """
    Who was parked because Spotler refused them goes over when sent again, and the row is gone.
    """
    person = await local.crm.create("contact", lastname="Vast", emailaddress1="vast@example.nl")
    refusal = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
    await local.spotler.until(person)
    await local.stack.control("PUT", refusal, {"code": "PROPERTY_INVALID"})
    await local.crm.update("contact", person, lastname="Vaster")
    await local.stack.settle()
    row = (await parked(admin))[person]
    assert (row["queue"], row["table"], row["readable"]) == ("changes", "contact", True)
    assert row["reason"].startswith("rejected:PROPERTY_INVALID")

    await local.stack.control("DELETE", refusal)
    sent = await admin.call("POST", "/parked/send", {"ids": [row["id"]]})

    assert sent == (202, {"sent": 1, "kept": 0})
    await local.spotler.until(person, lastName="Vaster")
    await local.stack.settle()
    assert person not in await parked(admin)


async def test_still_refused_person_is_parked_again(local: Local, admin: Administrator) -> None:
    """
    Who is sent again too early is parked once more, and never lost on the way.
    """
    person = await local.crm.create("contact", lastname="Blijft", emailaddress1="b@example.nl")
    refusal = f"{local.stack.facts('spotler')['url']}/_devstack/refusals/{person}"
    await local.spotler.until(person)
    await local.stack.control("PUT", refusal, {"code": "PROPERTY_INVALID"})
    await local.crm.update("contact", person, lastname="Blijft nog")
    await local.stack.settle()
    row = (await parked(admin))[person]

    await admin.call("POST", "/parked/send", {"ids": [row["id"]]})
    await local.stack.settle()

    again = (await parked(admin))[person]
    assert again["parked_at"] > row["parked_at"]
    await local.stack.control("DELETE", refusal)
    await admin.call("POST", "/parked/send", {"ids": [again["id"]]})
    await local.spotler.until(person, lastName="Blijft nog")


@pytest.mark.parametrize("queue", ["changes", "jobs"])
async def test_garbage_stays_until_discarded(
    local: Local, admin: Administrator, queue: str
) -> None:
    """
    What nobody understands is shown with its queue, stays when sent, and goes when discarded.
    """
    await put(local, queue, b'{"v": 2, "kind": "from tomorrow", "email": "jan@example.nl"}')
    [row] = [one for one in (await parked(admin)).values() if not one["readable"]]
    assert (row["queue"], row["table"], row["record_id"]) == (queue, None, None)
    assert "jan@" not in str(row)

    sent = await admin.call("POST", "/parked/send", {"ids": [row["id"]]})
    assert sent == (202, {"sent": 0, "kept": 1})
    assert row["id"] in await parked(admin)
    gone = await admin.call("POST", "/parked/discard", {"ids": [row["id"], row["id"]]})

    assert gone == (200, {"discarded": 1})
    assert row["id"] not in await parked(admin)


async def test_reader_looks_and_touches_nothing(local: Local) -> None:
    """
    A reader sees what is parked, and may neither send nor discard it.
    """
    reader = await Administrator.of(local.stack, "reader")

    assert (await reader.call("GET", "/parked"))[0] == 200
    for what in ("send", "discard"):
        assert (await reader.call("POST", f"/parked/{what}", {"ids": ["message-1"]}))[0] == 403
