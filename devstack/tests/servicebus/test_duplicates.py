"""Duplicate detection on the queue `once`."""

import uuid

import pytest
from azure.servicebus import ServiceBusMessage

from devstack.tests.servicebus.conftest import Desk, take, take_one

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("empty")]


async def test_repeated_message_dropped(desk: Desk) -> None:
    """
    A message id that the queue has seen lately is accepted and dropped, even after completion.
    """
    sender, receiver, name = desk.sender("once"), desk.receiver("once"), str(uuid.uuid4())

    await sender.send_messages(ServiceBusMessage("one", message_id=name))
    await receiver.complete_message(await take_one(receiver))
    await sender.send_messages(ServiceBusMessage("two", message_id=name))
    await sender.send_messages(ServiceBusMessage("other", message_id=str(uuid.uuid4())))
    message = await take_one(receiver)
    await receiver.complete_message(message)

    assert str(message) == "other"


async def test_repetition_inside_batch_dropped(desk: Desk) -> None:
    """
    A batch loses only its duplicates.
    """
    sender, receiver, name = desk.sender("once"), desk.receiver("once"), str(uuid.uuid4())

    await sender.send_messages(
        [
            ServiceBusMessage("a", message_id=name),
            ServiceBusMessage("b", message_id=name),
            ServiceBusMessage("c", message_id=str(uuid.uuid4())),
        ]
    )
    got = await take(receiver, 2)
    for message in got:
        await receiver.complete_message(message)

    assert [str(message) for message in got] == ["a", "c"]
