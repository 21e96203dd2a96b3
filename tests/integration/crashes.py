"""A message on which workers die, until its queue gives it up."""

import json

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.integration.conftest import Local

DELIVERIES = 10


async def crash_upon(local: Local, person: str) -> None:
    """Take the message of a person and give it back, as often as workers may die of one."""
    event = {
        "v": 1,
        "kind": "record_changed",
        "organisation": local.stack.settings["DATAVERSE_ORGANISATION_ID"],
        "table": "contact",
        "id": person,
        "change": "created",
        **dict.fromkeys(("operation", "step", "correlation"), "crash"),
    }
    connection = local.stack.settings["ServiceBusConnection"]
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_sender("changes") as sender,
        client.get_queue_receiver("changes") as receiver,
    ):
        await sender.send_messages(ServiceBusMessage(json.dumps(event), message_id="crash"))
        for _ in range(DELIVERIES):
            [message] = await receiver.receive_messages(1, max_wait_time=10)
            await receiver.abandon_message(message)
