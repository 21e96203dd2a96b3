"""The Service Bus emulator alone, under the SDK that the connector and its host use."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import batched
from uuid import uuid4

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from benchmarks.raw.running import running
from benchmarks.timing import one_by_one, per_second

QUEUE = "changes"
TOGETHER = 100
PATIENCE_SECONDS = 10


async def sends_per_second(count: int) -> float:
    """Return how many messages can be sent in a second, one by one."""
    async with _links() as (sender, _):
        return await per_second(_messages(count), sender.send_messages)


async def messages_per_second(count: int) -> float:
    """Return how many messages can be sent, received and completed in a second, 100 at a time."""
    async with _links() as (sender, receiver):

        async def through(some: list[ServiceBusMessage]) -> None:
            await sender.send_messages(some)
            await _take(receiver, len(some))

        portions = [list(some) for some in batched(_messages(count), TOGETHER, strict=False)]

        return await per_second(portions, through) * count / len(portions)


async def trip_durations(count: int) -> list[float]:
    """Return the seconds in which single messages are sent, received and completed."""
    async with _links() as (sender, receiver):

        async def through(message: ServiceBusMessage) -> None:
            await sender.send_messages(message)
            await _take(receiver, 1)

        return await one_by_one(_messages(count), through)


async def _take(receiver: ServiceBusReceiver, count: int) -> None:
    """Receive and complete; asking for more than there is would make the SDK wait for it."""
    while count > 0:
        messages = await receiver.receive_messages(count, max_wait_time=PATIENCE_SECONDS)
        await asyncio.gather(*map(receiver.complete_message, messages))
        count -= len(messages)


@asynccontextmanager
async def _links() -> AsyncIterator[tuple[ServiceBusSender, ServiceBusReceiver]]:
    """Yield open links; the first message is sent before anything is measured."""
    async with (
        running("devstack.servicebus") as facts,
        ServiceBusClient.from_connection_string(facts["connection_string"]) as client,
        client.get_queue_sender(QUEUE) as sender,
        client.get_queue_receiver(QUEUE) as receiver,
    ):
        await sender.send_messages(_messages(1))
        await _take(receiver, 1)

        yield sender, receiver


def _messages(count: int) -> list[ServiceBusMessage]:
    """Make messages as long as the pointers that the connector sends."""
    body = json.dumps({"v": 1, "kind": "record_changed", "pointer": "x" * 320})

    return [ServiceBusMessage(body, message_id=uuid4().hex) for _ in range(count)]
