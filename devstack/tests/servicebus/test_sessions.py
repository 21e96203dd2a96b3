"""Sessions, which the queues here do not have."""

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError

from devstack.tests.servicebus.conftest import Bus, look, queue_named

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("session", ["some", NEXT_AVAILABLE_SESSION], ids=["named", "next"])
async def test_session_receiver_refused(bus: Bus, session: str) -> None:
    """
    A receiver of sessions is refused by a queue without them, and its end is no violation.
    """
    before = await look(bus.view) if bus.view else {}
    async with ServiceBusClient.from_connection_string(
        bus.connection_string, retry_total=0
    ) as client:
        receiver = client.get_queue_receiver(queue_named("plain"), session_id=session)

        with pytest.raises(ServiceBusError, match="not require sessions"):
            await receiver.__aenter__()

        await receiver.close()

    after = await look(bus.view) if bus.view else {}
    assert after.get("violations") == before.get("violations")
