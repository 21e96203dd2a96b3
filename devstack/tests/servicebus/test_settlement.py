"""What a receiver says of a message as it lets go of it stays with the message."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from devstack.servicebus.conditions import MODIFIED, REJECTED, RefusedError
from devstack.servicebus.config import QueueSettings
from devstack.servicebus.management import management_node
from devstack.servicebus.message import Message
from devstack.servicebus.nodes import Request
from devstack.servicebus.queue import Queue
from devstack.servicebus.sections import APPLICATION_PROPERTIES, decode_sections
from devstack.servicebus.settlement import settle
from devstack.servicebus.values import Array, Described, Int, Symbol, ULong
from devstack.tests.servicebus.test_queue import a_message, dead, taken

CHANGES = {Symbol("reason"): "busy", Symbol("tries"): Int(3)}

type LetGo = Callable[[Queue, Message, Mapping[Any, object]], None]


@pytest.fixture
def queue() -> Queue:
    built = Queue.with_dead_letters(QueueSettings("q"))
    built.send([a_message("m", b"kept")])

    return built


def application_properties(message: Message) -> object:
    sections = decode_sections(message.bare)

    return next((s.value for s in sections if s.descriptor == APPLICATION_PROPERTIES), None)


def abandon_on_link(queue: Queue, message: Message, changes: Mapping[Any, object]) -> None:
    settle(queue, message.token, Described(MODIFIED, [None, None, changes]))


def defer_on_link(queue: Queue, message: Message, changes: Mapping[Any, object]) -> None:
    settle(queue, message.token, Described(MODIFIED, [None, True, changes]))


def dead_letter_on_link(queue: Queue, message: Message, changes: Mapping[Any, object]) -> None:
    told = {Symbol("DeadLetterReason"): "bad", **changes}
    error = Described(ULong(0x1D), [Symbol("com.microsoft:dead-letter"), None, told])
    settle(queue, message.token, Described(REJECTED, [error]))


def by_management(status: str) -> LetGo:
    def let_go(queue: Queue, message: Message, changes: Mapping[Any, object]) -> None:
        body = {
            "disposition-status": status,
            "lock-tokens": Array([uuid.UUID(bytes_le=message.token)]),
            "properties-to-modify": changes,
        }
        operation = {"operation": "com.microsoft:update-disposition"}
        management_node(queue)(Request("1", operation, body))

    return let_go


ABANDON = [
    pytest.param(abandon_on_link, id="link"),
    pytest.param(by_management("abandoned"), id="management"),
]
DEFER = [
    pytest.param(defer_on_link, id="link"),
    pytest.param(by_management("defered"), id="management"),
]
DEAD_LETTER = [
    pytest.param(dead_letter_on_link, id="link"),
    pytest.param(by_management("suspended"), id="management"),
]


@pytest.mark.parametrize("let_go", ABANDON)
def test_abandon_keeps_properties(queue: Queue, let_go: LetGo) -> None:
    """
    Properties given with an abandonment are on the message when it is delivered again.
    """
    let_go(queue, taken(queue), CHANGES)

    again = taken(queue)
    assert application_properties(again) == {"reason": "busy", "tries": 3}
    assert (again.message_id, again.delivery_count) == ("m", 1)
    assert again.bare.endswith(b"kept")


@pytest.mark.parametrize("let_go", DEFER)
def test_defer_keeps_properties(queue: Queue, let_go: LetGo) -> None:
    """
    Properties given with a deferral are on the message when it is asked for.
    """
    let_go(queue, taken(queue), CHANGES)

    [deferred] = queue.receive_deferred([1], deletes=False)
    assert application_properties(deferred) == {"reason": "busy", "tries": 3}


@pytest.mark.parametrize("let_go", DEAD_LETTER)
def test_dead_letter_keeps_properties(queue: Queue, let_go: LetGo) -> None:
    """
    Properties given with dead-lettering are on the dead letter, besides its reason.
    """
    let_go(queue, taken(queue), CHANGES)

    [letter] = dead(queue)
    properties = application_properties(letter)
    assert isinstance(properties, dict)
    assert (properties["reason"], properties["tries"]) == ("busy", 3)


def test_later_property_wins(queue: Queue) -> None:
    """
    A property that is given again takes the place of the earlier one; the others stay.
    """
    abandon_on_link(queue, taken(queue), CHANGES)

    abandon_on_link(queue, taken(queue), {Symbol("tries"): Int(4)})

    assert application_properties(taken(queue)) == {"reason": "busy", "tries": 4}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({Symbol("a"): [1]}, id="list"),
        pytest.param({Symbol("a"): {"b": 1}}, id="map"),
        pytest.param({1: "a"}, id="number-as-name"),
        pytest.param([1], id="no-map"),
    ],
)
@pytest.mark.parametrize("let_go", [*ABANDON, *DEFER])
def test_wrong_properties_are_refused(
    queue: Queue, let_go: LetGo, changes: Mapping[Any, object]
) -> None:
    """
    What cannot be a property is refused, and the message stays locked.
    """
    message = taken(queue)

    with pytest.raises(RefusedError):
        let_go(queue, message, changes)

    assert message.token in queue.store.locked
    assert application_properties(message) is None
