"""Azurite as a part of the stack."""

import asyncio
from pathlib import Path

import pytest

from devstack.stack import azurite
from devstack.stack.process import PartProcess


async def test_cancelled_start_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An Azurite whose start is cancelled before it listens does not run on.
    """
    launched: list[PartProcess] = []
    listening = asyncio.Event()

    async def never(part: PartProcess, _: int) -> bool:
        launched.append(part)
        listening.set()
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(azurite, "_listens", never)
    starting = asyncio.create_task(azurite.start_azurite(tmp_path))
    await listening.wait()

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert not launched[0].is_running
