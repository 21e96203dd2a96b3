"""The Service Bus emulator, as Microsoft's client for JavaScript finds it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CONFIG = HERE.parent / "servicebus" / "Config.json"

pytestmark = pytest.mark.soak

type Told = dict[str, Any]


@pytest.fixture(scope="module")
def connection_string() -> Iterator[str]:
    command = [sys.executable, "-m", "devstack.servicebus", "--config", str(CONFIG)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["connection_string"]
        process.terminate()


@pytest.fixture(scope="module")
def told(connection_string: str) -> Told:
    """Return what the client says of each thing that it did."""
    command = ["node", str(HERE / "servicebus.mjs"), connection_string]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=100)  # noqa: S603 - our own program
    said: Told = json.loads(done.stdout)

    return said


def test_complete(told: Told) -> None:
    """
    What is sent is received with its properties.
    """
    assert told["completed"] == {
        "body": {"n": 1},
        "id": "m-1",
        "properties": {"kept": "yes"},
        "deliveries": 0,
        "state": "active",
        "subject": "s",
        "correlation": "c",
    }


def test_message_without_id(told: Told) -> None:
    """
    What is sent without an id is received with one.
    """
    assert told["without_id"]["body"] == "anonymous"
    assert told["without_id"]["id"]


def test_batch(told: Told) -> None:
    """
    A batch comes whole and in order.
    """
    assert told["batch"] == list(range(50))


def test_peek(told: Told) -> None:
    """
    A message can be looked at without being taken.
    """
    assert told["peeked"]["body"] == "seen"
    assert told["peeked"]["left"] == 0


def test_schedule_and_cancel(told: Told) -> None:
    """
    A scheduled message comes when it is due, a cancelled one never.
    """
    assert told["scheduled"] == {
        "body": "later",
        "early": False,
        "states": ["scheduled", "scheduled"],
        "left": 0,
    }


def test_abandon_with_properties(told: Told) -> None:
    """
    Properties given with an abandonment come with the next delivery.
    """
    assert told["abandoned"]["id"] == "a-1"
    assert told["abandoned"]["properties"] == {"kept": "yes", "tries": 1, "why": "busy"}
    assert told["abandoned"]["deliveries"] == 1


def test_defer_with_properties(told: Told) -> None:
    """
    A deferred message is found by its number, with the properties that were given, again and again.
    """
    assert told["deferred"]["body"] == "aside"
    assert told["deferred"]["properties"] == {"kept": "yes", "why": "too early"}
    assert told["deferred"]["again"] == {"kept": "yes", "why": "still too early"}


def test_dead_letter_with_properties(told: Told) -> None:
    """
    A dead letter has its reason, its description and the properties that were given.
    """
    letter = told["dead_lettered"]

    assert (letter["reason"], letter["description"]) == ("unusable", "no such table")
    assert letter["properties"]["kept"] == "yes"
    assert letter["properties"]["where"] == "worker"


def test_lock_renewal(told: Told) -> None:
    """
    A lock that is renewed outlasts its first end.
    """
    assert told["renewed"] == {"longer": True}


def test_lost_lock(told: Told) -> None:
    """
    A lock that has ended settles nothing.
    """
    assert told["lost"] == {"code": "MessageLockLost", "deliveries": 1}
