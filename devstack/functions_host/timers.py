"""Timer functions: each runs on its schedule, and runs that were missed become one."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from azure.functions.meta import Datum

from devstack.functions_host.deaths import tell_of_death
from devstack.functions_host.functions import TIMER, HostedFunction
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.ncrontab import Schedule
from devstack.functions_host.settings import Settings
from devstack.functions_host.timer_status import TimerStatus
from devstack.functions_host.worker import Attempt

_log = logging.getLogger(__name__)
# The host remembers no timer that runs more often.
_SHORTEST_MONITORED = timedelta(minutes=1)


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Timer:
    """Run one timer function on its schedule."""

    def __init__(
        self,
        function: HostedFunction,
        schedule: Schedule,
        invocations: Invocations,
        status: TimerStatus,
        *,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._function = function
        self._schedule = schedule
        self._invocations = invocations
        self._status = status
        self._clock = clock
        self._last = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Run for ever."""
        began = await self._start()
        while True:
            due = self._schedule.next_after(began)
            began = self._clock()
            if missed := due < began:
                _log.warning("%s is past due", self._function.name)
            else:
                await asyncio.sleep((due - began).total_seconds())
                began = due
            await self._fire(began, past_due=missed)

    async def invoke(self, *, past_due: bool = False) -> None:
        """Run once now, with the retries that the function asks for."""
        policy = self._function.retry
        attempt = 0
        while True:
            tried = Attempt(attempt, policy.most if policy else 0)
            running = self._invocations.start(
                self._invocations.run(self._function, self._info(past_due=past_due), {}, tried)
            )
            # A draining host stops the timer, but never what runs.
            outcome = await asyncio.shield(running)
            attempt += 1
            if outcome.ok or policy is None or not policy.allows(attempt):
                return

            await asyncio.sleep(policy.delay(attempt))

    async def _start(self) -> datetime:
        """Make up for what was missed while the host was down, or run if the app asks for it."""
        now = self._clock()
        last = self._status.last_run(self._function.name) if self._is_monitored(now) else None
        missed = last is not None and self._schedule.next_after(last) < now
        if missed or self._function.trigger.get("runOnStartup"):
            await self._fire(now, past_due=missed)

        return now

    async def _fire(self, moment: datetime, *, past_due: bool) -> None:
        await self.invoke(past_due=past_due)
        self._last = moment
        if self._is_monitored(moment):
            self._status.note(self._function.name, moment)

    def _is_monitored(self, now: datetime) -> bool:
        first = self._schedule.next_after(now)
        often = self._schedule.next_after(first) - first < _SHORTEST_MONITORED

        return bool(self._function.trigger.get("useMonitor", True)) and not often

    def _info(self, *, past_due: bool) -> Datum:
        info = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": self._last.isoformat(),
                "LastUpdated": self._last.isoformat(),
                "Next": self._schedule.next_after(self._clock()).isoformat(),
            },
            "IsPastDue": past_due,
        }

        return Datum(json.dumps(info), "json")


class Timers:
    """Run all timer functions of an app."""

    def __init__(
        self,
        functions: Iterable[HostedFunction],
        settings: Settings,
        invocations: Invocations,
        status: TimerStatus,
    ) -> None:
        self._timers = {
            function.name: Timer(
                function,
                Schedule.parse(settings.expand(function.trigger["schedule"])),
                invocations,
                status,
            )
            for function in functions
            if function.kind == TIMER
        }
        self._running: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """Begin to run on schedule."""
        for name, timer in self._timers.items():
            task = asyncio.create_task(timer.run())
            task.add_done_callback(tell_of_death(f"the timer of {name}", "runs no more"))
            self._keep(task)

    def fire(self, name: str) -> None:
        """Run a timer now, outside its schedule."""
        self._keep(asyncio.create_task(self._timers[name].invoke()))

    async def stop(self) -> None:
        """Begin no more runs; what runs goes on."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._running.add(task)
        task.add_done_callback(self._running.discard)
