"""Parts that are forked, beside those that are spawned: nothing tells them apart."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.stack.fork_server import ForkServer
from devstack.stack.process import PartFailedError, PartProcess, module_command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks parts")


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer(["devstack.servicebus"]) as server:
        yield server


async def a_bus(server: ForkServer, logs: Path) -> PartProcess:
    return await PartProcess.start("servicebus", "--port", "0", logs=logs, by=server.launch)


async def test_forked_part_works_and_ends(server: ForkServer, tmp_path: Path) -> None:
    """
    A forked part says that it is ready, under its own id, and ends cleanly when asked to.
    """
    part = await a_bus(server, tmp_path)

    assert part.facts["part"] == "servicebus"
    assert part.is_running
    assert os.getsid(part.pid) == part.pid
    assert await part.stop() == 0
    assert not part.is_running
    with pytest.raises(ProcessLookupError):
        os.kill(part.pid, 0)


async def test_killed_part_is_told(server: ForkServer, tmp_path: Path) -> None:
    """
    A part that is killed has ended of the signal, and others go on.
    """
    killed, other = await asyncio.gather(a_bus(server, tmp_path), a_bus(server, tmp_path))

    os.kill(killed.pid, signal.SIGKILL)
    with pytest.raises(PartFailedError, match=f"with status {-signal.SIGKILL}"):
        await killed.run_on()

    await killed.kill()
    assert other.is_running
    await other.kill()
    assert await other.stop() == -signal.SIGKILL


async def test_refusal_is_in_the_log(server: ForkServer, tmp_path: Path) -> None:
    """
    A part that does not start is told with its last words, and with its status.
    """
    command = module_command("servicebus", "--port", "nonsense")
    part = await PartProcess.launch("bus", command, logs=tmp_path, by=server.launch)

    with pytest.raises(PartFailedError, match="nonsense"):
        await part.wait_until_ready()

    assert await part.stop() == 2


async def test_environment_and_input_are_its_own(server: ForkServer, tmp_path: Path) -> None:
    """
    A part has the environment that it is given and no other, and reads what it is told.
    """
    part = await PartProcess.launch(
        "echo",
        [sys.executable, "-m", "devstack.tests.stack.echo", "--loud"],
        logs=tmp_path,
        environment={"ONLY": "this"},
        listens=True,
        by=server.launch,
    )
    part.keep_log()

    await part.tell("hello")
    with pytest.raises(PartFailedError, match="with status 0"):
        await part.run_on()
    await part.stop()

    assert json.loads(part.log.read_text()) == [{"ONLY": "this"}, ["--loud"], "hello"]


async def test_parts_end_with_their_server(tmp_path: Path) -> None:
    """
    Nothing outlives a server, so nothing outlives the tests; and what is gone forks nothing.
    """
    with ForkServer([]) as server:
        part = await a_bus(server, tmp_path)

    with pytest.raises(PartFailedError, match="has ended by itself"):
        await asyncio.wait_for(part.run_on(), 30)
    await part.stop()
    with pytest.raises(OSError, match=r"Broken pipe|Bad file"):
        await a_bus(server, tmp_path)
