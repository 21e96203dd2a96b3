"""Messages that nobody of ours sent, on the real queue."""

import uuid

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.integration.conftest import Local

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F66"),
    pytest.mark.asyncio(loop_scope="module"),
]

FOREIGN = (
    b'{"v":1,"kind":"record_changed","organisation":"99999999-4d0b-ef11-9f83-000d3adf4a10",'
    b'"table":"contact","id":"2d9f6b1a-6c1d-f111-8341-6045bd9c4e03","change":"updated",'
    b'"operation":"o","step":"s","correlation":"c"}'
)
GARBAGE = (b"", b"{", b"\xff\xfe\x00\xd8", b"x" * 200 * 1024, b"[" * 5000, b"null", FOREIGN)


async def test_garbage_is_parked_beside_events(local: Local) -> None:
    """
    Whatever lies on the queue is parked as it came, and the people beside it are synced.
    """
    await send_bodies(local, "changes", *GARBAGE)

    person = await local.crm.create("contact", lastname="Naast", emailaddress1="naast@example.nl")
    await local.spotler.until(person, lastName="Naast")
    await local.stack.settle()

    assert await parked_bodies(local) == sorted(GARBAGE)
    assert (await queue_counts(local))["dead_lettered"] == 0


async def send_bodies(local: Local, queue: str, *bodies: bytes) -> None:
    async with (
        ServiceBusClient.from_connection_string(
            local.stack.settings["ServiceBusConnection"]
        ) as client,
        client.get_queue_sender(queue) as sender,
    ):
        for body in bodies:
            await sender.send_messages(ServiceBusMessage(body, message_id=str(uuid.uuid4())))


async def parked_bodies(local: Local) -> list[bytes]:
    async with (
        TableServiceClient.from_connection_string(local.stack.settings["TablesConnection"]) as all_,
        all_.get_table_client("parked") as table,
    ):
        rows = [row async for row in table.list_entities()]

    return sorted(
        b"".join(row[name] for name in sorted(row) if name.startswith("body_")) for row in rows
    )


async def queue_counts(local: Local, name: str = "changes") -> dict[str, int]:
    view = local.stack.facts("servicebus")["view"]
    counts: dict[str, int] = await local.stack.control("GET", f"{view}queues/{name}")

    return counts
