"""A host that is told to stop in the middle of a burst, as every new version does."""

import asyncio
from pathlib import Path

import pytest

from devstack.stack import Stack, StackOptions
from devstack.stack.process import Launch
from tests.integration.conftest import Local
from tests.integration.equality import differences
from tests.integration.mixed_events import MixedEvents

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

EVENTS = 120


@pytest.fixture(scope="module")
def stack_options() -> StackOptions:
    """Have two hosts, and locks of 5 minutes: what a host keeps locked is not back in time."""
    return StackOptions(hosts=2, front_door=True, settings={"RETRY_FIRST_SECONDS": "0.1"})


async def test_drained_host_leaves_nothing_locked(local: Local) -> None:
    """
    A host that is told to stop ends what it has begun and gives the rest back at once.
    """
    burst = asyncio.create_task(MixedEvents(local.crm, 2001).make(EVENTS))
    await local.stack.incoming(EVENTS // 2)

    code = await local.stack.stop_host(0)
    await burst
    await local.stack.settle(60)
    await local.stack.start_host(0)

    assert code == 0
    assert await differences(local) == []


async def test_stopped_host_leaves_nothing_open(tmp_path: Path, launch: Launch) -> None:
    """
    A host that has worked closes all of its connections when it is told to stop.
    """
    async with Stack(StackOptions(logs=tmp_path, launch=launch)) as stack:
        local = Local.of(stack)
        person = await local.crm.create("contact", lastname="Dicht", emailaddress1="d@example.nl")
        await local.spotler.until(person, lastName="Dicht")

    assert _complaints(tmp_path) == []


def _complaints(logs: Path) -> list[str]:
    """Return what a host that has stopped says of errors, and of what is open."""
    [log] = logs.glob("host-0/*.log")
    lines = log.read_text().splitlines()
    assert any(line.endswith(" stopped") for line in lines)

    return [line for line in lines if "Unclosed" in line or " ERROR " in line]
