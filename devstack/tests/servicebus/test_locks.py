"""Locks and lives that end. The queue `short-lock` locks for two seconds and delivers twice."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import MessageLockLostError

from devstack.tests.servicebus.conftest import Bus, Desk, queue_named, take_one

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("empty")]


async def test_expired_lock_is_lost(desk: Desk) -> None:
    """
    A message whose lock has ended comes again, counted, and the old lock does nothing any more.
    """
    receiver = desk.receiver("short-lock")
    await desk.sender("short-lock").send_messages(ServiceBusMessage("slow"))

    first = await take_one(receiver)
    again = await take_one(receiver)
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(first)
    # Whatever the client believes, the broker refuses too.
    first._expiry = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(MessageLockLostError):
        await receiver.renew_message_lock(first)
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(first)
    await receiver.complete_message(again)

    assert (first.delivery_count, again.delivery_count) == (0, 1)
    assert first.lock_token != again.lock_token


async def test_expired_locks_dead_letter(desk: Desk) -> None:
    """
    A message whose lock ends again and again goes to the dead letters.
    """
    receiver, dead_letters = desk.receiver("short-lock"), desk.dead_letters("short-lock")
    await desk.sender("short-lock").send_messages(ServiceBusMessage("stuck"))

    for _ in range(2):
        await take_one(receiver)
    dead = await take_one(dead_letters)
    await dead_letters.complete_message(dead)

    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert dead.delivery_count == 2


async def test_renewed_lock_lasts_longer(desk: Desk) -> None:
    """
    A renewed lock ends later than it would have.
    """
    receiver = desk.receiver("short-lock")
    await desk.sender("short-lock").send_messages(ServiceBusMessage("renewed"))

    message = await take_one(receiver)
    before = renewed = message.locked_until_utc
    while renewed == before:  # at first within the same millisecond, perhaps
        renewed = await receiver.renew_message_lock(message)
    await receiver.complete_message(message)

    assert before is not None
    assert renewed is not None
    assert renewed > before


async def test_lock_outlives_its_connection(bus: Bus, desk: Desk) -> None:
    """
    When a client is gone, what it had locked comes to others only when the lock ends.
    """
    await desk.sender("short-lock").send_messages(ServiceBusMessage("left behind"))
    async with ServiceBusClient.from_connection_string(bus.connection_string) as other:
        gone = other.get_queue_receiver(queue_named("short-lock"))
        taken = await take_one(gone)
        await gone.close()

    again = await take_one(desk.receiver("short-lock"))
    came = datetime.now(UTC)
    await desk.receiver("short-lock").complete_message(again)

    assert again.delivery_count == 1
    assert taken.locked_until_utc is not None
    assert came >= taken.locked_until_utc


async def test_expired_message_dead_lettered(desk: Desk) -> None:
    """
    Where the queue says so, a message that outlives its time goes to the dead letters.
    """
    dead_letters = desk.dead_letters("expiring")

    await desk.sender("expiring").send_messages(
        ServiceBusMessage("too late", time_to_live=timedelta(seconds=1))
    )
    dead = await take_one(dead_letters)
    await dead_letters.complete_message(dead)

    assert str(dead) == "too late"
    assert dead.dead_letter_reason == "TTLExpiredException"
