"""Runs one part by itself, as a process of its own."""

import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from devstack.stack.process import PartProcess

EMPTY_APP = Path(__file__).with_name("empty_app")
"""The root of an app that does nothing."""


@asynccontextmanager
async def running(module: str, *arguments: str) -> AsyncIterator[Mapping[str, Any]]:
    """Yield what a part says when it is ready; it ends afterwards."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as logs:
        command = [sys.executable, "-m", module, *arguments]
        part = await PartProcess.launch(module, command, logs=Path(logs))
        try:
            await part.wait_until_ready()
            yield {**part.facts, "pid": part.pid}
        finally:
            await part.stop()
