"""Queue functions on a real host, fed by the emulator over AMQP."""

import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from devstack.tests.functions_host.stage import Part, make_app, running

_DELIVERIES = 3
_numbers = count()


def _config(file: Path) -> Path:
    properties = {"LockDuration": "PT1M", "MaxDeliveryCount": _DELIVERIES}
    queues = [{"Name": name, "Properties": properties} for name in ("one", "many", "drained")]
    namespace = {"Name": "sbemulatorns", "Queues": queues, "Topics": []}
    file.write_text(
        json.dumps({"UserConfig": {"Namespaces": [namespace], "Logging": {"Type": "File"}}})
    )

    return file


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    config = _config(tmp_path_factory.mktemp("bus") / "Config.json")
    with running("servicebus", "--config", config) as part:
        part.facts["url"] = part.facts["view"].rstrip("/")
        yield part


@pytest.fixture(scope="module", params=[0, 50], ids=["no prefetch", "prefetch"])
def host(
    request: pytest.FixtureRequest, bus: Part, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Part]:
    options = {
        "prefetchCount": request.param,
        "maxMessageBatchSize": 10,
        "maxConcurrentCalls": 2,
        "clientRetryOptions": {"delay": "00:00:00.05", "maxRetries": 5},
    }
    root = make_app(
        tmp_path_factory.mktemp("queues") / "app", "queues", {"extensions": {"serviceBus": options}}
    )
    with running(
        "functions_host", "--root", root, Bus=bus.facts["connection_string"], ONE="one"
    ) as part:
        yield part


@pytest.fixture(autouse=True)
def empty(bus: Part) -> Iterator[None]:
    yield
    bus.call("DELETE", "/messages")


def _put(host: Part, queue: str, body: str) -> None:
    assert host.call("POST", f"/api/put/{queue}", content=body).status_code == 200


def _seen(host: Part, number: int) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = host.call("GET", f"/api/seen/{number}").json()

    return seen


def _counts(bus: Part, queue: str) -> dict[str, int]:
    """Return the counts of a queue once nothing is on its way."""
    assert bus.call("GET", "/idle?timeout=50").json()["idle"]
    counts: dict[str, int] = bus.call("GET", f"/queues/{queue}").json()

    return counts


def test_output_reaches_the_trigger(host: Part, bus: Part) -> None:
    """
    A message of an output binding starts the function of that queue, whose success completes it.
    """
    before = _counts(bus, "one")["completed"]

    _put(host, "one", "good")

    [told] = _seen(host, 1)
    assert (told["body"], told["delivery"]) == ("good", 1)
    assert _counts(bus, "one")["completed"] == before + 1


def test_failure_comes_again(host: Part, bus: Part) -> None:
    """
    A failed message is abandoned and comes again at once, with a higher delivery count.
    """
    _put(host, "one", "once")

    told = _seen(host, 2)
    assert [one["delivery"] for one in told] == [1, 2]
    assert _counts(bus, "one")["dead_lettered"] == 0


def test_last_failure_buries(host: Part, bus: Part) -> None:
    """
    A message that fails at every delivery ends among the dead letters.
    """
    _put(host, "one", "bad")

    told = _seen(host, _DELIVERIES)
    assert [one["delivery"] for one in told] == [1, 2, 3]
    assert _counts(bus, "one")["dead_lettered"] == 1


async def test_metadata_is_as_in_azure(host: Part, bus: Part) -> None:
    """
    A function is told what the extension sends, and nothing that it does not send.
    """
    message = ServiceBusMessage(
        "told", subject="s", application_properties={"a": "text", b"b": 2, "c": True}
    )
    async with (
        ServiceBusClient.from_connection_string(bus.facts["connection_string"]) as client,
        client.get_queue_sender("one") as sender,
    ):
        await sender.send_messages(message)

    [told] = _seen(host, 1)

    assert told["subject"] == "s"
    assert told["properties"] == {"a": "text", "b": 2, "c": True}
    assert told["reason"] is None
    assert "+00:00" not in told["enqueued"]
    assert set(told["metadata"]) - {"ExpiresAt", "ExpiresAtUtc"} == {
        "ApplicationProperties",
        "DeliveryCount",
        "EnqueuedTime",
        "EnqueuedTimeUtc",
        "Label",
        "LockToken",
        "MessageId",
        "SequenceNumber",
        "Subject",
        "UserProperties",
    } | ({"MessageId"} if message.message_id else set())


def test_waiting_messages_make_a_batch(host: Part, bus: Part) -> None:
    """
    A lone message is taken at once; those that wait meanwhile come together, up to the maximum.
    """
    before = _counts(bus, "many")["completed"]
    _put(host, "many", "slow")
    [first] = _seen(host, 1)

    for number in range(15):
        _put(host, "many", f"m{number}")
    host.call("POST", "/api/gate")

    assert _counts(bus, "many")["completed"] == before + 16
    told = [_told(batch) for batch in _seen(host, 1)]
    assert first["bodies"] == ["slow"]
    assert [body for batch in told for body, _ in batch] == [f"m{n}" for n in range(15)]
    # On a busy machine the broker hands them over in more pieces than two.
    assert 1 < max(map(len, told)) <= 10


def test_failed_batch_comes_again(host: Part, bus: Part) -> None:
    """
    Every message of a failed batch is abandoned and comes again.
    """
    before = _counts(bus, "many")["completed"]
    _put(host, "many", "slow")
    _seen(host, 1)
    for body in ("bad", "good"):
        _put(host, "many", body)

    host.call("POST", "/api/gate")

    counts = _counts(bus, "many")
    batches = [_told(batch) for batch in _seen(host, 1)]
    # Both are in it, unless the broker was kept waiting between the two.
    [failed] = [batch for batch in batches if ("bad", 1) in batch]
    assert {body for body, _ in failed} == {body for one in batches for body, n in one if n == 2}
    assert (counts["completed"], counts["dead_lettered"]) == (before + 3, 0)


def _told(batch: dict[str, Any]) -> list[tuple[str, int]]:
    return list(zip(batch["bodies"], batch["deliveries"], strict=True))


def test_calls_run_side_by_side(host: Part, bus: Part) -> None:
    """
    As many single messages are worked on at once as maxConcurrentCalls says.
    """
    for body in ("slow", "slow", "third"):
        _put(host, "one", body)

    running_calls = _seen(host, 2)
    host.call("POST", "/api/gate")

    assert [one["body"] for one in running_calls] == ["slow", "slow"]
    assert [one["body"] for one in _seen(host, 1)] == ["third"]
    assert _counts(bus, "one")["dead_lettered"] == 0


def test_lost_connection_is_reopened(host: Part, bus: Part) -> None:
    """
    A host whose connections are cut goes on when the broker is back.
    """
    bus.call("POST", "/faults", json={"drop_connections": True})

    _put(host, "one", "after")

    [told] = _seen(host, 1)
    assert told["body"] == "after"


@pytest.mark.parametrize("function", ["one", "many"])
def test_admin_runs_queue_functions(host: Part, function: str) -> None:
    """
    The master key runs a queue function with a body that no queue delivered.
    """
    body = f"by hand {next(_numbers)}"

    answer = host.call(
        "POST",
        f"/admin/functions/{function}",
        json={"input": body},
        headers={"x-functions-key": host.facts["master_key"]},
    )

    [told] = _seen(host, 1)
    assert answer.status_code == 202
    assert body in (told.get("body"), *told.get("bodies", ()))


def test_drain_loses_nothing(bus: Part, tmp_path: Path) -> None:
    """
    A stopped host finishes the message in hand and gives back those it only holds.
    """
    options = {"prefetchCount": 20, "maxConcurrentCalls": 1}
    root = make_app(tmp_path / "app", "queues", {"extensions": {"serviceBus": options}})
    alarm = tmp_path / "alarm"
    os.mkfifo(alarm)
    settings = {"Bus": bus.facts["connection_string"], "ONE": "drained", "ALARM": str(alarm)}
    with running("functions_host", "--root", root, **settings) as host:
        for body in ("napping", "waiting", "waiting", "waiting"):
            _put(host, "one", body)
        _seen(host, 1)

        host.process.terminate()
        host.until("draining")
        alarm.write_bytes(b"wake up")
        code = host.end()

        counts = bus.call("GET", "/queues/drained").json()
        assert code == 0
        assert (counts["completed"], counts["active"], counts["locked"]) == (1, 3, 0)
