"""Timers on a clock that the test moves, and on a real host."""

import asyncio
import json
from collections.abc import Coroutine, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from devstack.functions_host.errors import HostError
from devstack.functions_host.functions import HostedFunction, RetryPolicy
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.ncrontab import Schedule
from devstack.functions_host.settings import Settings
from devstack.functions_host.timer_status import TimerStatus
from devstack.functions_host.timers import Timer, Timers
from devstack.functions_host.worker import Attempt, Outcome
from devstack.tests.functions_host.stage import Part, make_app, running

_NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


class Clock:
    """A clock that moves when a timer runs."""

    def __init__(self) -> None:
        self.now = _NOW

    def __call__(self) -> datetime:
        return self.now


class Runs:
    """Stand in for the invocations: note each run, and let time pass during it."""

    def __init__(self, clock: Clock, *, takes: timedelta, fail: int = 0) -> None:
        self._clock = clock
        self._takes = takes
        self._fail = fail
        self.told: list[dict[str, Any]] = []
        self.attempts: list[Attempt] = []
        self.enough = asyncio.Event()

    async def run(
        self,
        _: HostedFunction,
        data: Any,  # noqa: ANN401 - a datum
        __: Mapping[str, Any],
        attempt: Attempt,
    ) -> Outcome:
        self.told.append(json.loads(data.value))
        self.attempts.append(attempt)
        self._clock.now += self._takes
        if len(self.told) == 2:
            self.enough.set()
            await asyncio.Event().wait()

        return Outcome(ok=len(self.told) > self._fail)

    def start(self, coroutine: Coroutine[Any, Any, Outcome]) -> asyncio.Task[Outcome]:
        return asyncio.create_task(coroutine)


def _timer(
    clock: Clock,
    runs: Runs,
    *,
    schedule: str = "0 0 * * * *",
    status: TimerStatus | None = None,
    retry: RetryPolicy | None = None,
    **trigger: Any,  # noqa: ANN401 - of many kinds
) -> Timer:
    function = HostedFunction(
        "nightly", "1", {"type": "timerTrigger", "name": "t"} | trigger, (), retry
    )

    return Timer(
        function,
        Schedule.parse(schedule),
        cast("Invocations", runs),
        status or TimerStatus(),
        clock=clock,
    )


async def _until_two(timer: Timer, runs: Runs) -> None:
    task = asyncio.create_task(timer.run())
    await runs.enough.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_missed_runs_become_one() -> None:
    """
    A run that outlasts several times due is followed at once by a single run that is past due.
    """
    clock = Clock()
    runs = Runs(clock, takes=timedelta(hours=5))

    await _until_two(_timer(clock, runs, runOnStartup=True), runs)

    assert [one["IsPastDue"] for one in runs.told] == [False, True]
    assert runs.told[1]["ScheduleStatus"]["Next"] == "2026-11-23T16:00:00+00:00"


async def test_downtime_is_made_up_once(tmp_path: Path) -> None:
    """
    A host that was down when a timer was due runs it once at the start, past due.
    """
    clock = Clock()
    runs = Runs(clock, takes=timedelta(hours=1))
    file = tmp_path / "timers.json"
    TimerStatus(file).note("nightly", _NOW - timedelta(days=3))

    await _until_two(_timer(clock, runs, status=TimerStatus(file)), runs)

    assert runs.told[0]["IsPastDue"]
    assert TimerStatus(file).last_run("nightly") == _NOW


@pytest.mark.parametrize(
    ("trigger", "schedule"),
    [
        pytest.param({"useMonitor": False}, "0 0 * * * *", id="told not to"),
        pytest.param({}, "*/10 * * * * *", id="too often"),
    ],
)
async def test_unmonitored_timer_forgets(trigger: dict[str, Any], schedule: str) -> None:
    """
    A timer that is not monitored, or runs within the minute, has no memory of what it missed.
    """
    clock = Clock()
    runs = Runs(clock, takes=timedelta(hours=5))
    status = TimerStatus()
    status.note("nightly", _NOW - timedelta(days=3))
    timer = _timer(clock, runs, schedule=schedule, status=status, runOnStartup=True, **trigger)

    await _until_two(timer, runs)

    assert not runs.told[0]["IsPastDue"]


async def test_failed_timer_is_retried() -> None:
    """
    A timer with a retry policy runs again after a failure and is told which try it is.
    """
    clock = Clock()
    runs = Runs(clock, takes=timedelta(0), fail=1)
    retry = RetryPolicy(1, timedelta(0), timedelta(0), grows=False)

    task = asyncio.create_task(_timer(clock, runs, retry=retry).invoke())
    await runs.enough.wait()
    task.cancel()

    assert [(one.number, one.most) for one in runs.attempts] == [(0, 1), (1, 1)]


def test_delays_grow_to_the_longest() -> None:
    """
    An exponential back-off doubles about the shortest delay and stops at the longest.
    """
    policy = RetryPolicy(-1, timedelta(seconds=1), timedelta(seconds=5), grows=True)

    assert 0.8 <= policy.delay(1) <= 1.2
    assert 1.6 <= policy.delay(2) <= 2.4
    assert policy.delay(9) == 5
    assert policy.allows(1000)


def test_broken_status_is_refused(tmp_path: Path) -> None:
    """
    A status file that is something else stops the host before it is overwritten.
    """
    file = tmp_path / "timers.json"
    file.write_text('{"nightly": "never"}')

    with pytest.raises(HostError, match="last runs"):
        TimerStatus(file)


class FullDisk(TimerStatus):
    """A memory that takes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    def note(self, function: str, moment: datetime) -> None:
        self.asked.set()
        raise OSError(f"no room for {function} at {moment}")


async def test_dying_timer_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """
    A timer that cannot go on says so, with the name of its function.
    """
    clock = Clock()
    runs = Runs(clock, takes=timedelta())
    trigger = {"type": "timerTrigger", "schedule": "0 0 3 * * *", "runOnStartup": True}
    function = HostedFunction("nightly", "1", trigger, (), None)
    status = FullDisk()
    timers = Timers([function], Settings({}), cast("Invocations", runs), status)

    timers.listen()
    await status.asked.wait()
    await asyncio.sleep(0)  # a task's end is told one turn of the loop later
    await timers.stop()

    assert "the timer of nightly died and runs no more" in caplog.text


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    root = make_app(tmp_path_factory.mktemp("timers") / "app", "web")
    with running(
        "functions_host", "--root", root, "--master-key", "master", NIGHTLY="0 0 3 29 2 *"
    ) as part:
        yield part


def _run(host: Part, function: str) -> None:
    path = f"/admin/functions/{function}"
    host.call("POST", path, json={"input": ""}, params={"code": "master"})


def test_timer_runs_by_hand(host: Part) -> None:
    """
    The master key runs a timer outside its schedule.
    """
    _run(host, "nightly")

    assert "past due: False" in host.until("nightly ran")


def test_retries_end(host: Part) -> None:
    """
    A timer that keeps failing is tried as often as its policy says.
    """
    _run(host, "flaky")

    assert "flaky try 2" in host.until("flaky try 2")
    _run(host, "nightly")
    host.until("nightly ran")
    assert "flaky try 3" not in host.said()


def test_eager_timer_runs_at_start(host: Part) -> None:
    """
    A timer with run_on_startup runs when the host starts.
    """
    assert host.until("eager ran")


def test_timers_can_rest(tmp_path: Path) -> None:
    """
    With --no-timers nothing runs by itself, not even at the start.
    """
    root = make_app(tmp_path / "app", "web")
    with running("functions_host", "--root", root, "--no-timers", NIGHTLY="* * * * * *") as host:
        host.call("GET", "/api/slow")
        host.end()

        assert "slow began" in host.log()
        assert "eager ran" not in host.log()
