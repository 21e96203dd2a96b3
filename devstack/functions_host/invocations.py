"""Running functions: one log line for each failure, and a count of what is in hand."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from uuid import uuid4

from azure.functions.meta import Datum

from devstack.functions_host.functions import HostedFunction
from devstack.functions_host.outputs import QueueOutputs
from devstack.functions_host.worker import Attempt, Outcome, Worker

_log = logging.getLogger(__name__)
_ONCE = Attempt()


class Invocations:
    """Invoke functions and know which of them still run."""

    def __init__(
        self, worker: Worker, outputs: QueueOutputs, timeout: timedelta | None = None
    ) -> None:
        self._worker = worker
        self._outputs = outputs
        self._timeout = timeout
        self._seconds = timeout.total_seconds() if timeout else None
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[Outcome]] = set()

    async def run(
        self,
        function: HostedFunction,
        data: Datum,
        metadata: Mapping[str, Datum],
        attempt: Attempt = _ONCE,
    ) -> Outcome:
        """Run a function, send what it put out, and return what it returned."""
        self._running += 1
        self._idle.clear()
        try:
            return await self._run(function, data, metadata, attempt)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    def start(self, running: Coroutine[object, object, Outcome]) -> asyncio.Task[Outcome]:
        """Let an invocation go on whether or not anyone waits for it."""
        task = asyncio.create_task(running)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

        return task

    async def finish(self) -> None:
        """Wait until nothing runs."""
        await self._idle.wait()

    async def _run(
        self,
        function: HostedFunction,
        data: Datum,
        metadata: Mapping[str, Datum],
        attempt: Attempt,
    ) -> Outcome:
        invocation = str(uuid4())
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._seconds):
                outcome = await self._worker.invoke(invocation, function, data, metadata, attempt)
        except TimeoutError:
            outcome = self._overdue(function)
        if outcome.ok and outcome.outputs:
            outcome = await self._outputs.send(function, outcome)
        if not outcome.ok:
            _log.error(
                "%s failed after %.0f ms (%s): %s%s",
                function.name,
                (time.perf_counter() - started) * 1000,
                invocation,
                outcome.error.partition("\n")[0],
                _place(outcome.trace),
            )
            _log.debug("%s", outcome.trace)

        return outcome

    def _overdue(self, function: HostedFunction) -> Outcome:
        """Tell of a function that was cancelled at `functionTimeout`.

        Azure ends the whole worker process instead, and with it all else that runs in it. Here the
        others go on, and a function in a thread, which cannot be cancelled, runs on unheard.
        """
        said = f"Timeout value of {self._timeout} was exceeded by function: {function.name}"
        _log.critical("%s WAS CANCELLED: %s", function.name, said)

        return Outcome(ok=False, error=said)


def _place(trace: str) -> str:
    """Return where an exception was raised, from the last frame of its traceback."""
    frames = [line.strip() for line in trace.splitlines() if line.startswith("  File ")]

    return f" [{frames[-1]}]" if frames else ""
