"""What the queues gave up, looked at and sent again through the front door."""

import pytest
import pytest_asyncio

from tests.integration.administrator import Administrator, Json
from tests.integration.conftest import Local
from tests.integration.crashes import crash_upon

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F66", "F103", "F105"),
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module")
async def admin(local: Local) -> Administrator:
    return await Administrator.of(local.stack)


async def letters(admin: Administrator, queue: str = "changes") -> list[Json]:
    status, answer = await admin.call("GET", "/dead-letters")
    assert status == 200, answer

    return [
        letter for one in answer["queues"] if one["queue"] == queue for letter in one["messages"]
    ]


async def send(admin: Administrator, *found: Json, queue: str = "changes") -> tuple[int, Json]:
    numbers = [one["sequence_number"] for one in found]

    return await admin.call(
        "POST", "/dead-letters/send", {"queue": queue, "sequence_numbers": numbers}
    )


async def test_crashing_message_comes_back(local: Local, admin: Administrator) -> None:
    """
    A message on which ten workers died is a dead letter with its record; sent again, it is done.
    """
    await local.stack.stop_host()
    person = await local.crm.create("contact", lastname="Dood", emailaddress1="dood@example.nl")
    await crash_upon(local, person)
    await local.stack.start_host()

    [letter] = await letters(admin)
    assert (letter["table"], letter["record_id"]) == ("contact", person)
    assert letter["reason"] == "MaxDeliveryCountExceeded"
    assert letter["description"]
    sent = await send(admin, letter)

    assert sent == (202, {"sent": 1, "kept": 0})
    await local.spotler.until(person, lastName="Dood")
    assert await letters(admin) == []


async def test_reader_looks_and_sends_nothing(local: Local) -> None:
    """
    A reader sees dead letters, and may not send them.
    """
    reader = await Administrator.of(local.stack, "reader")

    assert (await reader.call("GET", "/dead-letters"))[0] == 200
    assert (await send(reader, {"sequence_number": 1}))[0] == 403


@pytest.mark.parametrize("queue", ["changes/$deadletterqueue", "", "tomorrow", "CHANGES"])
async def test_unknown_queue_is_refused(admin: Administrator, queue: str) -> None:
    """
    Only queues of ours are opened.
    """
    status, answer = await send(admin, {"sequence_number": 1}, queue=queue)

    assert (status, answer["code"]) in {(400, "invalid_body"), (404, "unknown_queue")}
