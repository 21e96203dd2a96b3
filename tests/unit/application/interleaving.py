"""Several hosts on one thread: at every call of a port a script says who goes on, and how."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from connector.domain.errors import TransientError
from connector.domain.event import RecordChanged

TICKS = 8
"""So often the event loop goes round before every task stands at its next call."""

PATIENCE = 4000
"""After this many steps a run that has not come to rest never will."""


class Fate(StrEnum):
    """Tells how a call ends."""

    WORKS = "works"
    FAILS_BEFORE = "fails before"
    FAILS_AFTER = "fails after"
    FAILS_ALONE = "fails alone"
    """The call is answered, with a failure for the one person that it is about."""


class Script:
    """Chooses by a row of bytes, mostly the first; where the row ends, always the first."""

    def __init__(self, choices: bytes, calm: int) -> None:
        self._choices = iter(choices)
        self._calm = calm

    def choose(self, count: int) -> int:
        byte = next(self._choices, 0)

        return 0 if byte < self._calm else (byte - self._calm) % count


@dataclass(slots=True)
class Message:
    """Is an event on the queue, and how often it was taken before."""

    event: RecordChanged
    deliveries: int = 0

    def read(self) -> RecordChanged:
        """Return the event as the worker behind the queue reads it."""
        return replace(self.event, forced=self.event.forced or self.deliveries > 0)

    def redelivered(self) -> "Message":
        return Message(self.event, self.deliveries + 1)


@dataclass(slots=True)
class Queue:
    """Delivers at least once, in any order; what waits for later comes in the company it left."""

    ready: list[Message] = field(default_factory=list)
    later: list[list[Message]] = field(default_factory=list)
    sent: int = 0

    def send(self, events: Sequence[RecordChanged], delay: timedelta | None) -> None:
        messages = [Message(self._named(one)) for one in sorted(events, key=lambda one: one.key)]
        if delay is None:
            self.ready += messages
        else:
            self.later.append(messages)

    def _named(self, event: RecordChanged) -> RecordChanged:
        """Name the operation by its number, so that one script always means the same."""
        self.sent += 1

        return replace(event, operation=f"{self.sent:06}")


@dataclass(eq=False, slots=True)
class Host:
    """Is one worker with the messages that it holds, and the calls at which it waits."""

    number: int
    messages: list[Message]
    calls: "list[Call]" = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    async def call[T](
        self, name: str, effect: Callable[[], Awaitable[T]], *, alone: T | None = None
    ) -> T:
        """Wait for the turn, then do what the call does, or fail."""
        call = Call(self, name, asyncio.get_running_loop().create_future(), alone is not None)
        self.calls.append(call)
        try:
            fate = await call.fate
        finally:
            self.calls.remove(call)

        if fate is Fate.FAILS_BEFORE:
            raise TransientError(f"{name} failed before")
        if fate is Fate.FAILS_ALONE and alone is not None:
            return alone

        result = await effect()
        if fate is Fate.FAILS_AFTER:
            raise TransientError(f"{name} failed after")

        return result


@dataclass(eq=False, slots=True)
class Call:
    """Is a call that waits for its turn."""

    host: Host
    name: str
    fate: asyncio.Future[Fate]
    can_fail_alone: bool

    def fates(self) -> list[Fate]:
        """Return how the call can fail."""
        alone = [Fate.FAILS_ALONE] if self.can_fail_alone else []

        return [Fate.FAILS_BEFORE, Fate.FAILS_AFTER, *alone]


type Act = Callable[[], Sequence[RecordChanged]]
type Work = Callable[[Host], Awaitable[None]]
type Step = tuple[str, Callable[[], None]]


@dataclass(slots=True)
class Limits:
    """Is how many hosts run side by side at most, and how much goes wrong."""

    hosts: int
    mishaps: int


class Interleaving:
    """Runs hosts, the queue and what people do in between until nothing is left to do."""

    def __init__(
        self, work: Work, queue: Queue, script: Script, *, acts: Mapping[str, Act], limits: Limits
    ) -> None:
        self.history: list[str] = []
        self.mishaps = 0
        self._work = work
        self._queue = queue
        self._script = script
        self._acts = [*acts.items()]
        self._limits = limits
        self._hosts: list[Host] = []
        self._started = 0

    async def run(self) -> None:
        """Take steps until the queue is empty and every host is done."""
        for _ in range(PATIENCE):
            if not (steps := self._steps()):
                return

            name, step = steps[self._script.choose(len(steps))]
            self.history.append(name)
            step()
            await self._settle()

        raise AssertionError("it never comes to rest")

    def _steps(self) -> list[Step]:
        """Return what can happen now: whoever moved last goes on, unless the script disagrees."""
        calls = [call for host in self._hosts for call in host.calls]
        current = [call for call in calls if call.host is self._hosts[0]]
        steps = [self._answer(call, Fate.WORKS) for call in current]
        if self._queue.ready and len(self._hosts) < self._limits.hosts:
            steps.append(("a host takes", self._take))
        if self._acts:
            steps.append(("somebody acts", self._act))
        steps += [self._answer(call, Fate.WORKS) for call in calls if call not in current]
        steps += [self._deliver(messages) for messages in self._queue.later]
        if self._hosts and self.mishaps < self._limits.mishaps:
            steps.append(("a mishap", self._choose_mishap))

        return steps

    async def _settle(self) -> None:
        for _ in range(TICKS):
            await asyncio.sleep(0)
        for host in [*self._hosts]:
            if host.task is not None and host.task.done():
                self._hosts.remove(host)
                self._finish(host, host.task)

    def _finish(self, host: Host, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            return
        if not isinstance(error, TransientError):
            raise error

        self._give_back(host)

    def _take(self) -> None:
        first = self._script.choose(len(self._queue.ready))
        count = 1 + self._script.choose(len(self._queue.ready))
        turned = self._queue.ready[first:] + self._queue.ready[:first]
        taken, self._queue.ready = turned[:count], turned[count:]

        self._started += 1
        host = Host(self._started, taken)
        host.task = asyncio.get_running_loop().create_task(self._run(host))
        self._hosts.insert(0, host)
        hints = " ".join(_describe(one) for one in taken)
        self.history[-1] = f"host {host.number} takes {hints}"

    async def _run(self, host: Host) -> None:
        await self._work(host)
        await host.call("complete", _nothing)

    def _act(self) -> None:
        name, act = self._acts.pop(0)
        messages = [Message(event) for event in act()]
        self._queue.ready += messages
        self.history[-1] = f"somebody does {name}: {' '.join(map(_describe, messages))}"

    def _choose_mishap(self) -> None:
        self.mishaps += 1
        calls = [call for host in self._hosts for call in host.calls]
        bad = [self._answer(call, fate) for call in calls for fate in call.fates()]
        bad += [self._crash(host) for host in self._hosts]
        bad += [self._expire(host) for host in self._hosts if host.messages]
        self.history[-1], step = bad[self._script.choose(len(bad))]
        step()

    def _answer(self, call: Call, fate: Fate) -> Step:
        def step() -> None:
            self._hosts.remove(call.host)
            self._hosts.insert(0, call.host)
            call.fate.set_result(fate)

        return f"host {call.host.number} {call.name} {fate}", step

    def _deliver(self, messages: list[Message]) -> Step:
        def step() -> None:
            self._queue.later.remove(messages)
            self._queue.ready += messages

        return "what waited comes", step

    def _crash(self, host: Host) -> Step:
        def step() -> None:
            assert host.task is not None
            host.task.cancel()
            self._give_back(host)

        return f"host {host.number} crashes", step

    def _expire(self, host: Host) -> Step:
        def step() -> None:
            self._give_back(host)

        return f"the locks of host {host.number} expire", step

    def _give_back(self, host: Host) -> None:
        """Put the messages of a host back on the queue, which happens to each only once."""
        self._queue.ready += [message.redelivered() for message in host.messages]
        host.messages = []


async def _nothing() -> None:
    return


def _describe(message: Message) -> str:
    event = message.read()

    return f"{event.key.table}-{event.key.id[:8]}:{event.change}{':forced' * event.forced}"
