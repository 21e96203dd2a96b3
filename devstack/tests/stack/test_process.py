"""One part as a process, without the rest of the stack."""

import asyncio
import gc
import os
import sys
from pathlib import Path

import pytest

from devstack.stack.process import PartFailedError, PartProcess

READY = "print('{}', flush=True);"


async def test_part_that_ends_is_told(tmp_path: Path) -> None:
    """
    The end of a part that nobody stopped is told with its name, its status and its log.
    """
    part = await _part(tmp_path, f"{READY} raise SystemExit(3)")
    await part.wait_until_ready()

    with pytest.raises(PartFailedError, match="brief has ended by itself, with status 3") as told:
        await part.run_on()

    assert str(tmp_path / "brief.log") in str(told.value)
    await part.stop()


async def test_part_without_ready_line(tmp_path: Path) -> None:
    """
    A part that ends before its ready line is told with its last words.
    """
    part = await _part(tmp_path, "raise SystemExit('no such thing')")

    with pytest.raises(PartFailedError, match="no such thing"):
        await part.wait_until_ready()

    await part.stop()


@pytest.mark.parametrize("steps", range(0, 8, 2))
async def test_launch_cancelled_leaves_nothing(tmp_path: Path, steps: int) -> None:
    """
    A launch that is cancelled at any moment leaves neither a process nor an open pipe.
    """
    note = tmp_path / "pid"
    program = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    launching = asyncio.create_task(_part(tmp_path, program))
    for _ in range(steps):
        await asyncio.sleep(0)

    launching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await launching

    gc.collect()
    if note.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(note.read_text()), 0)


async def _part(logs: Path, program: str) -> PartProcess:
    return await PartProcess.launch("brief", [sys.executable, "-c", program], logs=logs)
