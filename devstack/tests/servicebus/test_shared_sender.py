"""
One sender shared by concurrent tasks corrupts the stream; a broker must not swallow that.

The SDK's asynchronous sender numbers its deliveries wrongly when tasks use it at the same time
without a lock, see https://github.com/Azure/azure-sdk-for-python/issues/36334.
"""

import asyncio

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from devstack.tests.servicebus.conftest import (
    Bus,
    Desk,
    collect_cut_sockets,
    look,
    queue_named,
    take,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("empty")]

SENDS = 200


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_unlocked_shared_sender_refused(bus: Bus) -> None:
    """
    Concurrent sends on one sender without a lock fail loudly, and never multiply messages.
    """
    async with ServiceBusClient.from_connection_string(
        bus.connection_string, retry_total=0
    ) as client:
        sender = client.get_queue_sender(queue_named("shared"))
        await sender.send_messages(ServiceBusMessage("open"))

        outcomes = await asyncio.gather(
            *(sender.send_messages(ServiceBusMessage(str(n)), timeout=5) for n in range(SENDS)),
            return_exceptions=True,
        )
        await sender.close()
    collect_cut_sockets()

    assert sum(isinstance(outcome, Exception) for outcome in outcomes) > SENDS / 2
    if bus.view is not None:
        shown = await look(f"{bus.view}queues/shared")
        assert shown["incoming"] < SENDS
        [violation, *_] = (await look(bus.view))["violations"]
        assert "sequencing error, expected delivery-id" in violation


async def test_locked_shared_sender_works(desk: Desk) -> None:
    """
    With a lock around the sender every message arrives once.
    """
    sender, receiver, lock = desk.sender("shared"), desk.receiver("shared"), asyncio.Lock()

    async def send(number: int) -> None:
        async with lock:
            await sender.send_messages(ServiceBusMessage(str(number)))

    await asyncio.gather(*(send(number) for number in range(SENDS)))
    got = await take(receiver, SENDS)
    for message in got:
        await receiver.complete_message(message)

    assert sorted(int(str(message)) for message in got) == list(range(SENDS))
    assert await receiver.peek_messages(1, sequence_number=1) == []
