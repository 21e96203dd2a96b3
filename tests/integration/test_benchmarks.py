"""The benchmarks run, whatever they measure."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.integration
async def test_small_burst_is_measured(tmp_path: Path) -> None:
    """
    A quick run measures a burst to its end, and writes each figure beside its raw limit.
    """
    file = tmp_path / "figures.json"
    arguments = ("--quick", "--only", "burst", "--json", str(file))

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    shown, _ = await process.communicate()

    told = json.loads(file.read_text())
    changes = {one["name"]: one for one in told["benchmarks"]["burst"][0]["figures"]}["changes"]
    assert process.returncode == 0
    assert "goals met" in shown.decode()
    assert changes["ratio"] == pytest.approx(changes["value"] / changes["raw"]["value"])
