"""Whatever is done to a queue, in whatever order, no message is lost or doubled."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devstack.servicebus.config import QueueSettings
from devstack.servicebus.message import Message
from devstack.servicebus.queue import Queue

SETTINGS = QueueSettings(
    "q",
    lock_duration=timedelta(seconds=10),
    max_delivery_count=2,
    dead_letters_expired=True,
)
WAITS = st.one_of(st.none(), st.integers(1, 40))


class Hand:
    """A consumer that takes one message."""

    deletes = False
    credit = 1

    def __init__(self) -> None:
        self.tokens: list[bytes] = []

    def deliver(self, message: Message) -> None:
        self.credit -= 1
        self.tokens.append(message.token)


class AnyOrder(RuleBasedStateMachine):
    """Sends, settles and waits at will."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.queue = Queue.with_dead_letters(SETTINGS, lambda: self.now)
        self.sent = 0
        self.cancelled = 0

    @rule(life=WAITS, wait=WAITS)
    def send(self, life: int | None, wait: int | None) -> None:
        message = Message(bare=b"")
        if life is not None:
            message.time_to_live = life
        if wait is not None:
            message.scheduled_for = self.now + wait
        self.queue.send([message])
        self.sent += 1

    @rule()
    def receive(self) -> None:
        hand = Hand()
        self.queue.subscribe(hand)
        self.queue.unsubscribe(hand)

    @precondition(lambda self: self.queue.store.locked)
    @rule(
        data=st.data(),
        settle=st.sampled_from(["complete", "abandon", "release", "defer", "dead_letter"]),
    )
    def settle(self, data: st.DataObject, settle: str) -> None:
        token = data.draw(st.sampled_from(sorted(self.queue.store.locked)))
        arguments = ("reason", None) if settle == "dead_letter" else ()
        getattr(self.queue, settle)(token, *arguments)

    @precondition(lambda self: self.queue.store.deferred)
    @rule(data=st.data())
    def take_up_deferred(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.queue.store.deferred)))
        self.queue.receive_deferred([number], deletes=False)

    @precondition(lambda self: self.queue.store.scheduled)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.queue.store.scheduled)))
        self.queue.cancel([number])
        self.cancelled += 1

    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.queue.tick()

    @invariant()
    def every_message_is_somewhere(self) -> None:
        assert self.queue.dead_letters is not None
        here = [*self.queue.store.all(), *self.queue.dead_letters.store.all()]

        assert len({id(message) for message in here}) == len(here)
        assert len(here) + self.queue.completed + self.cancelled == self.sent

    @invariant()
    def nothing_is_overdue(self) -> None:
        deadline = self.queue.store.next_deadline()

        assert deadline is None or deadline > self.now


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, deadline=None)
