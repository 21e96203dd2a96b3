"""What becomes of a message that was received."""

import asyncio

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState
from azure.servicebus.exceptions import MessageNotFoundError

from devstack.tests.servicebus.conftest import Desk, take, take_one

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("empty")]


async def test_completed_message_is_gone(desk: Desk) -> None:
    """
    A completed message is not in the queue any more.
    """
    await desk.sender("plain").send_messages(ServiceBusMessage("done"))

    message = await take_one(desk.receiver("plain"))
    await desk.receiver("plain").complete_message(message)

    assert await desk.receiver("plain").peek_messages(10, sequence_number=1) == []


async def test_abandoned_message_comes_first(desk: Desk) -> None:
    """
    An abandoned message comes back before later ones, with its delivery counted.
    """
    sender, receiver = desk.sender("plain"), desk.receiver("plain")
    await sender.send_messages([ServiceBusMessage("first"), ServiceBusMessage("second")])

    await receiver.abandon_message(await take_one(receiver))
    first, second = await take(receiver, 2)
    for message in (first, second):
        await receiver.complete_message(message)

    assert (str(first), first.delivery_count) == ("first", 1)
    assert (str(second), second.delivery_count) == ("second", 0)


async def test_last_abandon_dead_letters(desk: Desk) -> None:
    """
    After the last delivery a message goes to the dead letters as it was, with the reason.
    """
    receiver, dead_letters = desk.receiver("plain"), desk.dead_letters("plain")
    await desk.sender("plain").send_messages(
        ServiceBusMessage("poison", message_id="p", application_properties={"kind": "test"})
    )

    for _ in range(3):
        await receiver.abandon_message(await take_one(receiver))
    dead = await take_one(dead_letters)
    await dead_letters.complete_message(dead)

    assert (str(dead), dead.message_id) == ("poison", "p")
    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert dead.dead_letter_error_description == (
        "Message could not be consumed after 3 delivery attempts."
    )
    assert dead.application_properties is not None
    assert dead.application_properties[b"kind"] == b"test"


async def test_explicit_dead_letter_explains(desk: Desk) -> None:
    """
    A message that a receiver dead-letters carries the receiver's reason and description.
    """
    receiver, dead_letters = desk.receiver("plain"), desk.dead_letters("plain")
    await desk.sender("plain").send_messages(ServiceBusMessage("bad"))

    await receiver.dead_letter_message(
        await take_one(receiver), reason="unusable", error_description="no such table"
    )
    dead = await take_one(dead_letters)
    await dead_letters.complete_message(dead)

    assert str(dead) == "bad"
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == (
        "unusable",
        "no such table",
    )


async def test_dead_letter_without_reason(desk: Desk) -> None:
    """
    A reason is not needed.
    """
    receiver, dead_letters = desk.receiver("plain"), desk.dead_letters("plain")
    await desk.sender("plain").send_messages(ServiceBusMessage("bad"))

    await receiver.dead_letter_message(await take_one(receiver))
    dead = await take_one(dead_letters)
    await dead_letters.complete_message(dead)

    assert dead.dead_letter_reason is None


async def test_deferred_message_waits_for_number(desk: Desk) -> None:
    """
    A deferred message comes only to who asks for its sequence number.
    """
    sender, receiver = desk.sender("plain"), desk.receiver("plain")
    await sender.send_messages([ServiceBusMessage("later"), ServiceBusMessage("now")])

    later = await take_one(receiver)
    await receiver.defer_message(later)
    now = await take_one(receiver)
    assert later.sequence_number is not None
    [peeked] = await receiver.peek_messages(1, sequence_number=later.sequence_number)
    [deferred] = await receiver.receive_deferred_messages(later.sequence_number)
    await receiver.complete_message(deferred)
    await receiver.complete_message(now)

    assert str(now) == "now"
    assert peeked.state is ServiceBusMessageState.DEFERRED
    assert str(deferred) == "later"
    with pytest.raises(MessageNotFoundError):
        await receiver.receive_deferred_messages(later.sequence_number)


async def test_abandoned_deferred_stays_deferred(desk: Desk) -> None:
    """
    A deferred message that is abandoned can be asked for again.
    """
    receiver = desk.receiver("plain")
    await desk.sender("plain").send_messages(ServiceBusMessage("later"))

    message = await take_one(receiver)
    await receiver.defer_message(message)
    assert message.sequence_number is not None
    [once] = await receiver.receive_deferred_messages(message.sequence_number)
    await receiver.abandon_message(once)
    [twice] = await receiver.receive_deferred_messages(message.sequence_number)
    await receiver.complete_message(twice)

    assert str(twice) == "later"


async def test_peek_neither_locks_nor_removes(desk: Desk) -> None:
    """
    Peeking leaves messages where they are, from any sequence number on.
    """
    sender, receiver = desk.sender("plain"), desk.receiver("plain")
    await sender.send_messages([ServiceBusMessage(str(number)) for number in range(5)])

    peeked = await receiver.peek_messages(10, sequence_number=1)
    assert peeked[3].sequence_number is not None
    tail = await receiver.peek_messages(10, sequence_number=peeked[3].sequence_number)
    received = await take(receiver, 5)
    for message in received:
        await receiver.complete_message(message)

    assert [str(message) for message in peeked] == ["0", "1", "2", "3", "4"]
    assert [str(message) for message in tail] == ["3", "4"]
    assert [message.delivery_count for message in received] == [0] * 5


async def test_receive_and_delete_needs_no_settling(desk: Desk) -> None:
    """
    In receive-and-delete a message is gone as soon as it is delivered.
    """
    receiver = desk.receiver("deleting", receive_mode="receiveanddelete")
    await desk.sender("deleting").send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")])

    got = await take(receiver, 2)

    assert [str(message) for message in got] == ["a", "b"]
    assert await receiver.peek_messages(10, sequence_number=1) == []


async def test_prefetch_fills_at_once(desk: Desk) -> None:
    """
    A receiver with much credit gets every message that is there.
    """
    sender, receiver = desk.sender("waiting"), desk.receiver("waiting", prefetch_count=200)
    await sender.send_messages([ServiceBusMessage(str(number)) for number in range(200)])

    got = await take(receiver, 200)
    for message in got:
        await receiver.complete_message(message)

    assert sorted(int(str(message)) for message in got) == list(range(200))


async def test_waiting_receiver_is_woken(desk: Desk) -> None:
    """
    A receiver that came first gets a message that is sent later.
    """
    sender, receiver = desk.sender("plain"), desk.receiver("plain")

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(take_one(receiver))
        tasks.create_task(sender.send_messages(ServiceBusMessage("at last")))
    await receiver.complete_message(waiting.result())

    assert str(waiting.result()) == "at last"
