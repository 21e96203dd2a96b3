"""The synchronous client of the SDK, from first to last."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceiver,
    ServiceBusSender,
)

from devstack.tests.servicebus.conftest import Bus, queue_named

pytestmark = pytest.mark.usefixtures("empty")


@pytest.fixture(scope="module")
def client(bus: Bus) -> Iterator[ServiceBusClient]:
    with ServiceBusClient.from_connection_string(bus.connection_string) as client:
        yield client


@pytest.fixture(scope="module")
def sender(client: ServiceBusClient) -> Iterator[ServiceBusSender]:
    with client.get_queue_sender(queue_named("plain")) as sender:
        yield sender


@pytest.fixture(scope="module")
def receiver(client: ServiceBusClient) -> Iterator[ServiceBusReceiver]:
    with client.get_queue_receiver(queue_named("plain")) as receiver:
        yield receiver


def test_sync_send_and_settle(sender: ServiceBusSender, receiver: ServiceBusReceiver) -> None:
    """
    The synchronous client sends, receives, abandons, renews and completes.
    """
    sender.send_messages(ServiceBusMessage("sync"))

    [first] = receiver.receive_messages(1, max_wait_time=10)
    receiver.abandon_message(first)
    [again] = receiver.receive_messages(1, max_wait_time=10)
    locked_until = again.locked_until_utc
    renewed = receiver.renew_message_lock(again)
    receiver.complete_message(again)

    assert (str(again), again.delivery_count) == ("sync", 1)
    assert locked_until is not None
    assert renewed >= locked_until
    assert receiver.peek_messages(10, sequence_number=1) == []


def test_sync_batch_schedule_defer(sender: ServiceBusSender, receiver: ServiceBusReceiver) -> None:
    """
    The synchronous client sends lists, schedules, cancels, defers and takes up again.
    """
    sender.send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")])
    numbers = sender.schedule_messages(
        ServiceBusMessage("never"), datetime.now(UTC) + timedelta(hours=1)
    )
    sender.cancel_scheduled_messages(numbers)

    first, second = receiver.receive_messages(2, max_wait_time=10)
    receiver.defer_message(first)
    receiver.complete_message(second)
    assert first.sequence_number is not None
    [deferred] = receiver.receive_deferred_messages(first.sequence_number)
    receiver.complete_message(deferred)

    assert (str(deferred), str(second)) == ("a", "b")
