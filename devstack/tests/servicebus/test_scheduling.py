"""Messages that are to come later."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState
from azure.servicebus.exceptions import MessageNotFoundError

from devstack.tests.servicebus.conftest import Desk, take, take_one

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("empty")]


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=3)


async def test_scheduled_message_comes_when_due(desk: Desk) -> None:
    """
    A message with a scheduled time comes at that time, behind what was sent meanwhile.
    """
    sender, receiver = desk.sender("scheduled"), desk.receiver("scheduled")
    due = soon()

    await sender.send_messages(ServiceBusMessage("later", scheduled_enqueue_time_utc=due))
    await sender.send_messages(ServiceBusMessage("now"))
    now, later = await take(receiver, 2)
    came = datetime.now(UTC)
    for message in (now, later):
        await receiver.complete_message(message)

    assert (str(now), str(later)) == ("now", "later")
    assert came >= due.replace(microsecond=0)
    assert later.sequence_number is not None
    assert now.sequence_number is not None
    assert later.sequence_number > now.sequence_number


async def test_schedule_returns_sequence_numbers(desk: Desk) -> None:
    """
    Scheduling several messages tells the number of each, and they can be peeked meanwhile.
    """
    sender, receiver = desk.sender("scheduled"), desk.receiver("scheduled")

    numbers = await sender.schedule_messages(
        [ServiceBusMessage("a"), ServiceBusMessage("b")], soon()
    )
    peeked = await receiver.peek_messages(10, sequence_number=1)
    got = await take(receiver, 2)
    for message in got:
        await receiver.complete_message(message)

    assert [message.sequence_number for message in peeked] == numbers
    assert {message.state for message in peeked} == {ServiceBusMessageState.SCHEDULED}
    assert [str(message) for message in got] == ["a", "b"]


async def test_cancelled_message_never_comes(desk: Desk) -> None:
    """
    A scheduled message can be cancelled by its number, once.
    """
    sender, receiver = desk.sender("scheduled"), desk.receiver("scheduled")
    later = datetime.now(UTC) + timedelta(hours=1)

    numbers = await sender.schedule_messages(ServiceBusMessage("never"), later)
    await sender.cancel_scheduled_messages(numbers)

    assert await receiver.peek_messages(10, sequence_number=1) == []
    with pytest.raises(MessageNotFoundError):
        await sender.cancel_scheduled_messages(numbers)


async def test_past_schedule_comes_now(desk: Desk) -> None:
    """
    A scheduled time in the past is no reason to wait.
    """
    past = datetime.now(UTC) - timedelta(minutes=1)

    await desk.sender("scheduled").send_messages(
        ServiceBusMessage("overdue", scheduled_enqueue_time_utc=past)
    )
    message = await take_one(desk.receiver("scheduled"))
    await desk.receiver("scheduled").complete_message(message)

    assert str(message) == "overdue"
