"""The semantics of a queue, by a clock that the test sets."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from devstack.servicebus.conditions import RefusedError
from devstack.servicebus.config import QueueSettings
from devstack.servicebus.encoding import encode
from devstack.servicebus.message import Message
from devstack.servicebus.queue import Queue
from devstack.servicebus.sections import DATA, PROPERTIES, read_messages
from devstack.servicebus.values import Described, ULong

SETTINGS = QueueSettings(
    "q",
    lock_duration=timedelta(seconds=30),
    max_delivery_count=3,
    dead_letters_expired=True,
    detects_duplicates=True,
    duplicate_window=timedelta(seconds=60),
)


@dataclass
class Hand:
    """A consumer that keeps what it is given."""

    credit: int = 1
    deletes: bool = False
    held: list[Message] = field(default_factory=list)

    def deliver(self, message: Message) -> None:
        self.credit -= 1
        self.held.append(message)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Queue:
    return Queue.with_dead_letters(SETTINGS, clock)


def a_message(name: str | None = None, body: bytes = b"", **more: float) -> Message:
    head = encode(Described(ULong(PROPERTIES), [name])) if name else b""
    [message] = read_messages(0, head + encode(Described(ULong(DATA), body)))
    for key, value in more.items():
        setattr(message, key, value)

    return message


def taken(queue: Queue) -> Message:
    hand = Hand()
    queue.subscribe(hand)
    queue.unsubscribe(hand)
    [message] = hand.held

    return message


def dead(queue: Queue) -> list[Message]:
    assert queue.dead_letters is not None

    return queue.dead_letters.store.all()


def test_consumers_take_turns(queue: Queue) -> None:
    """
    Consumers with credit get messages in turn, and none gets more than its credit.
    """
    greedy, modest = Hand(credit=10), Hand(credit=1)
    queue.subscribe(greedy)
    queue.subscribe(modest)

    queue.send(a_message() for _ in range(5))

    assert [m.sequence_number for m in modest.held] == [2]
    assert [m.sequence_number for m in greedy.held] == [1, 3, 4, 5]


def test_gone_consumer_gets_nothing(queue: Queue) -> None:
    """
    A consumer that left is given nothing more.
    """
    hand = Hand(credit=10)
    queue.subscribe(hand)
    queue.unsubscribe(hand)

    queue.send([a_message()])

    assert hand.held == []
    assert len(queue.store.active) == 1


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda queue, token: queue.complete(token), id="complete"),
        pytest.param(lambda queue, token: queue.abandon(token), id="abandon"),
        pytest.param(lambda queue, token: queue.release(token), id="release"),
        pytest.param(lambda queue, token: queue.defer(token), id="defer"),
        pytest.param(lambda queue, token: queue.dead_letter(token, "r", "d"), id="dead-letter"),
        pytest.param(lambda queue, token: queue.renew([token]), id="renew"),
    ],
)
def test_ended_lock_settles_nothing(
    queue: Queue, clock: Clock, act: Callable[[Queue, bytes], None]
) -> None:
    """
    Nothing can be done with a lock that has ended, at the very second.
    """
    queue.send([a_message()])
    message = taken(queue)

    clock.now += 30

    with pytest.raises(RefusedError, match="The lock supplied is invalid"):
        act(queue, message.token)


def test_renewed_lock_holds(queue: Queue, clock: Clock) -> None:
    """
    A renewed lock holds for a whole lock duration from now.
    """
    queue.send([a_message()])
    message = taken(queue)
    clock.now += 20

    [until] = queue.renew([message.token])
    clock.now += 29
    queue.tick()
    queue.complete(message.token)

    assert until == clock.now + 1
    assert queue.completed == 1


def test_release_counts_no_delivery(queue: Queue) -> None:
    """
    A released message comes back as if it was never delivered.
    """
    queue.send([a_message()])

    queue.release(taken(queue).token)

    assert taken(queue).delivery_count == 0


def test_ended_locks_exhaust_deliveries(queue: Queue, clock: Clock) -> None:
    """
    Every lock that ends counts as a delivery, and the last one dead-letters.
    """
    queue.send([a_message()])

    for _ in range(3):
        taken(queue)
        clock.now += 30
        queue.tick()

    [message] = dead(queue)
    assert message.delivery_count == 3
    assert message.dead_letter_source == "q"
    assert queue.is_idle(0)


def test_expiry_waits_for_lock(queue: Queue, clock: Clock) -> None:
    """
    A locked message does not expire under its holder, but as soon as it comes back.
    """
    queue.send([a_message(time_to_live=10.0)])
    message = taken(queue)
    clock.now += 20
    queue.tick()
    assert queue.store.locked

    queue.abandon(message.token)

    assert dead(queue) == [message]
    assert b"TTLExpiredException" in message.bare


def test_abandoned_message_still_expires(queue: Queue, clock: Clock) -> None:
    """
    A message that was locked and came back in time expires when its time has come.
    """
    queue.send([a_message(time_to_live=10.0)])
    queue.store.next_deadline()
    message = taken(queue)
    queue.store.next_deadline()
    queue.abandon(message.token)

    clock.now += 10
    queue.tick()

    assert dead(queue) == [message]


def test_expired_message_never_delivered(queue: Queue, clock: Clock) -> None:
    """
    A message that has expired is not delivered, even when the alarm is late.
    """
    queue.send([a_message(time_to_live=10.0)])
    clock.now += 10
    hand = Hand()

    queue.subscribe(hand)

    assert hand.held == []
    assert len(dead(queue)) == 1


def test_expired_message_vanishes_unless_asked(clock: Clock) -> None:
    """
    Where expired messages are not dead-lettered they are dropped.
    """
    queue = Queue.with_dead_letters(replace(SETTINGS, dead_letters_expired=False), clock)
    queue.send([a_message(time_to_live=10.0)])

    clock.now += 10
    queue.tick()

    assert dead(queue) == []
    assert queue.is_idle(0)


def test_queue_shortens_long_lives(clock: Clock) -> None:
    """
    No message lives longer than its queue allows.
    """
    limit = timedelta(seconds=5)
    queue = Queue.with_dead_letters(replace(SETTINGS, default_time_to_live=limit), clock)
    queue.send([a_message(time_to_live=10.0), a_message()])

    clock.now += 5
    queue.tick()

    assert len(dead(queue)) == 2


def test_dead_letters_never_die(clock: Clock) -> None:
    """
    A dead letter does not expire, and no number of deliveries removes it.
    """
    limit = timedelta(seconds=5)
    queue = Queue.with_dead_letters(replace(SETTINGS, default_time_to_live=limit), clock)
    queue.send([a_message()])
    queue.dead_letter(taken(queue).token, "r", None)
    graves = queue.dead_letters
    assert graves is not None

    for _ in range(5):
        graves.abandon(taken(graves).token)
    clock.now += 100
    graves.tick()

    assert [message.delivery_count for message in dead(queue)] == [5]
    with pytest.raises(RefusedError, match="cannot be dead-lettered again"):
        graves.dead_letter(taken(graves).token, "r", None)


def test_duplicate_window_ends(queue: Queue, clock: Clock) -> None:
    """
    An id is remembered for one window from its first sight.
    """
    queue.send([a_message("one")])
    clock.now += 59
    queue.send([a_message("one")])
    clock.now += 1
    queue.send([a_message("one")])

    assert (queue.incoming, queue.duplicates) == (2, 1)


def test_messages_without_id_differ(queue: Queue) -> None:
    """
    Messages without an id are never duplicates of each other.
    """
    queue.send([a_message(), a_message()])

    assert queue.incoming == 2


def test_scheduled_gets_new_number(queue: Queue, clock: Clock) -> None:
    """
    A scheduled message is numbered anew when it is due, and its life begins then.
    """
    [number] = queue.send([a_message(scheduled_for=clock.now + 10, time_to_live=5.0)])
    assert not queue.is_idle(10)
    assert queue.is_idle(9)

    clock.now += 10
    queue.tick()
    message = taken(queue)

    assert message.sequence_number > number
    assert message.expires_at == clock.now + 5


def test_unknown_numbers_change_nothing(queue: Queue, clock: Clock) -> None:
    """
    Cancelling several is all or nothing.
    """
    [number] = queue.send([a_message(scheduled_for=clock.now + 10)])

    with pytest.raises(RefusedError):
        queue.cancel([number, 99])

    assert list(queue.store.scheduled) == [number]


def test_deadlines_do_not_pile_up(queue: Queue) -> None:
    """
    A queue forgets the deadlines of messages that are gone.
    """
    hand = Hand(credit=10_000)
    queue.subscribe(hand)

    for _ in range(10_000):
        queue.send([a_message(time_to_live=1000.0)])
        queue.complete(hand.held[-1].token)

    assert len(queue.store._locks._heap) < 2000
    assert len(queue.store._lives._heap) < 2000
