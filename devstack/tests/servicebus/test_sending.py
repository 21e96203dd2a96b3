"""What a client can send, and what is refused."""

import asyncio
import json
import uuid
from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
)

from devstack.tests.servicebus.conftest import Bus, Desk, take, take_one

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("empty")]


async def test_properties_travel_unchanged(desk: Desk) -> None:
    """
    Every property that a sender sets is there for the receiver.
    """
    key = uuid.uuid4()
    sent = ServiceBusMessage(
        json.dumps({"v": 1}),
        message_id="m-1",
        correlation_id="c-1",
        content_type="application/json",
        subject="record_changed",
        to="worker",
        reply_to="elsewhere",
        partition_key="p-1",
        time_to_live=timedelta(minutes=5),
        application_properties={"n": 2**30, "t": "text", "b": True, "f": 1.5, "u": key},
    )

    await desk.sender("plain").send_messages(sent)
    got = await take_one(desk.receiver("plain"))
    await desk.receiver("plain").complete_message(got)

    assert str(got) == '{"v": 1}'
    assert (got.message_id, got.correlation_id) == ("m-1", "c-1")
    assert (got.content_type, got.subject) == ("application/json", "record_changed")
    assert (got.to, got.reply_to, got.partition_key) == ("worker", "elsewhere", "p-1")
    assert got.time_to_live == timedelta(minutes=5)
    assert got.application_properties == {
        b"n": 2**30,
        b"t": b"text",
        b"b": True,
        b"f": 1.5,
        b"u": key,
    }


async def test_broker_gives_ids(desk: Desk) -> None:
    """
    A message that comes without an id gets one of its own; the rest of it stays.
    """
    first, second = ServiceBusMessage("a", subject="s"), ServiceBusMessage("b")
    await desk.sender("plain").send_messages([first, second])

    got = await take(desk.receiver("plain"), 2)
    for message in got:
        await desk.receiver("plain").complete_message(message)

    assert [(str(message), message.subject) for message in got] == [("a", "s"), ("b", None)]
    assert all(isinstance(message.message_id, str) and message.message_id for message in got)
    assert got[0].message_id != got[1].message_id


async def test_broker_numbers_messages_rising(desk: Desk) -> None:
    """
    The broker gives each message a higher sequence number and the time of its arrival.
    """
    await desk.sender("plain").send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")])

    first, second = await take(desk.receiver("plain"), 2)
    for message in (first, second):
        await desk.receiver("plain").complete_message(message)

    assert first.sequence_number is not None
    assert second.sequence_number is not None
    assert first.sequence_number < second.sequence_number
    assert first.enqueued_time_utc is not None
    assert first.delivery_count == 0


@pytest.mark.parametrize(
    "body", [pytest.param(b"", id="empty"), pytest.param(bytes(range(256)), id="binary")]
)
async def test_body_arrives_byte_for_byte(desk: Desk, body: bytes) -> None:
    """
    A body is bytes, any bytes.
    """
    await desk.sender("plain").send_messages(ServiceBusMessage(body))
    got = await take_one(desk.receiver("plain"))
    await desk.receiver("plain").complete_message(got)

    assert b"".join(got.body) == body


async def test_batch_arrives_in_order(desk: Desk) -> None:
    """
    A batch of 250 messages arrives whole and in order.
    """
    sender, receiver = desk.sender("plain"), desk.receiver("plain")
    batch = await sender.create_message_batch()
    for number in range(250):
        batch.add_message(ServiceBusMessage(str(number), message_id=f"b-{number}"))

    await sender.send_messages(batch)
    got = await take(receiver, 250)
    for message in got:
        await receiver.complete_message(message)

    assert [str(message) for message in got] == [str(number) for number in range(250)]


async def test_large_message_takes_frames(desk: Desk) -> None:
    """
    A message of 200 KB travels over several frames both ways.
    """
    body = "x" * 200_000

    await desk.sender("plain").send_messages(ServiceBusMessage(body))
    got = await take_one(desk.receiver("plain"))
    await desk.receiver("plain").complete_message(got)

    assert str(got) == body


async def test_message_too_large_refused(desk: Desk) -> None:
    """
    A message over 256 KB is refused, and the sender can go on.
    """
    sender = desk.sender("plain")

    with pytest.raises(MessageSizeExceededError):
        await sender.send_messages(ServiceBusMessage("x" * 270_000))
    await sender.send_messages(ServiceBusMessage("small"))
    got = await take_one(desk.receiver("plain"))
    await desk.receiver("plain").complete_message(got)

    assert str(got) == "small"


async def test_batch_too_large_refused(desk: Desk) -> None:
    """
    A batch cannot hold more than 256 KB.
    """
    batch = await desk.sender("plain").create_message_batch()
    batch.add_message(ServiceBusMessage("x" * 200_000))

    with pytest.raises(MessageSizeExceededError):
        batch.add_message(ServiceBusMessage("x" * 100_000))


async def test_unknown_queue_not_found(desk: Desk) -> None:
    """
    A queue that does not exist is named as such to a sender and to a receiver.
    """
    sender = desk.client.get_queue_sender("nowhere")
    receiver = desk.client.get_queue_receiver("nowhere")

    refusals = await asyncio.gather(
        sender.send_messages(ServiceBusMessage("lost")),
        receiver.receive_messages(max_wait_time=5),
        return_exceptions=True,
    )
    await asyncio.gather(sender.close(), receiver.close())

    for refusal in refusals:
        assert isinstance(refusal, MessagingEntityNotFoundError)
        assert "could not be found" in str(refusal)


async def test_wrong_key_not_let_in(bus: Bus) -> None:
    """
    Who does not hold the key is not let in.
    """
    wrong = bus.connection_string.replace("SharedAccessKey=", "SharedAccessKey=not-")

    async with ServiceBusClient.from_connection_string(wrong, retry_total=0) as client:
        sender = client.get_queue_sender("plain")
        with pytest.raises(ServiceBusAuthenticationError):
            await sender.send_messages(ServiceBusMessage("secret"))
        await sender.close()
