"""What the story says when the stack does not start, does not last, or is told to end."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from devstack.stack import azurite
from devstack.stack.process import ROOT
from devstack.story import telling
from devstack.story.chapters import Scene


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the logs of the suite out of those of people."""
    monkeypatch.setattr(telling, "LOGS", tmp_path)
    monkeypatch.setattr(telling, "ROOT", tmp_path)

    return tmp_path


async def test_missing_azurite_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where Azurite is not installed, the run says what to do in one sentence, with status 1.
    """
    monkeypatch.setattr(azurite, "ROOT", Path("/nowhere"))

    status = await telling.tell(people=1, once=True)

    assert status == 1
    assert capsys.readouterr().out.splitlines() == [
        "✗ azurite must be there: run `make setup` with Node 20 or later"
    ]


@pytest.mark.integration
async def test_lost_part_ends_the_run(
    logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A part that ends while the stack stays up is named with its log, and the status is 1.
    """

    async def crash(scene: Scene) -> int:
        os.kill(scene.stack.parts["spotler"].pid, signal.SIGKILL)
        return 0

    monkeypatch.setattr(telling, "_tell_all", crash)

    status = await telling.tell(people=1, once=False)

    said = capsys.readouterr().out
    assert status == 1
    assert "✗ spotler has ended by itself, with status -9" in said
    assert str(logs) in said


@pytest.mark.parametrize("seconds", [0.4, 0.6, 0.8, 1.1])
async def test_ctrl_c_is_quiet(seconds: float) -> None:
    """
    Ctrl-C ends the run without a word, also while the parts start.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "devstack", "--people", "1"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    # The requirement is about moments, whatever goes on in them on this machine.
    await asyncio.sleep(seconds)

    process.send_signal(signal.SIGINT)
    output, _ = await process.communicate()

    assert b"Traceback" not in output
    assert b"Error" not in output
