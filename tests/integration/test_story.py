"""The two commands of the README."""

import asyncio
import signal
import sys

import pytest

from devstack.stack.process import ROOT

pytestmark = pytest.mark.integration


@pytest.mark.feature("F64", "F66", "F67", "F68", "F112")
async def test_story_ends_well() -> None:
    """
    The story is told to its end, each chapter with a tick, and the exit status says so.
    """
    process = await _start("--once", "--people", "250")

    output, _ = await asyncio.wait_for(process.communicate(), 90)

    text = output.decode()
    assert process.returncode == 0, text
    assert text.count("✓") == 5
    assert "200 people moved to Gouda" in text
    assert "kapot@ is excluded with reason invalid_email" in text


async def test_story_stays_up_until_told() -> None:
    """
    Without `--once` the stack stays up with its addresses, and Ctrl-C ends all of it.
    """
    process = await _start("--people", "250")
    assert process.stdout is not None
    said = ""
    while "It stays up until Ctrl-C" not in said:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        assert line, said
        said += line.decode()

    process.send_signal(signal.SIGINT)

    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert "/_devstack/" in said


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devstack", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
