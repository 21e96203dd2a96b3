"""How long a function may take."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from azure.functions.meta import Datum

from devstack.functions_host.functions import HostedFunction
from devstack.functions_host.invocations import Invocations
from devstack.functions_host.outputs import QueueOutputs
from devstack.functions_host.worker import Outcome, Worker

_FUNCTION = HostedFunction("endless", "1", {"type": "timerTrigger", "name": "t"}, (), None)


class Endless:
    """Stand in for a worker whose function never returns."""

    def __init__(self) -> None:
        self.cancelled = False

    async def invoke(self, *_: object) -> Outcome:
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled = True

        raise AssertionError


async def test_overdue_function_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    """
    A function over its time is cancelled and fails, so that its messages come again; it is told.
    """
    worker = Endless()
    invocations = Invocations(
        cast("Worker", worker), cast("QueueOutputs", None), timedelta(seconds=0.01)
    )

    outcome = await invocations.run(_FUNCTION, Datum("", "string"), {})
    await invocations.finish()

    assert not outcome.ok
    assert worker.cancelled
    assert "endless WAS CANCELLED: Timeout value of 0:00:00.010000 was exceeded" in caplog.text
