"""The emulator as a program of its own."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "devstack.servicebus")


async def run(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def test_ready_line_then_clean_end() -> None:
    """
    The program tells where it listens in one line, and ends cleanly when told to.
    """
    process = await run("--port", "0", "--lock-seconds", "2")
    assert process.stdout is not None
    facts = json.loads(await process.stdout.readline())

    process.send_signal(signal.SIGTERM)
    rest, errors = await process.communicate()

    assert facts["part"] == "servicebus"
    assert facts["queues"] == ["changes", "priority", "jobs"]
    assert facts["connection_string"].startswith("Endpoint=sb://127.0.0.1:")
    assert facts["connection_string"].endswith(";UseDevelopmentEmulator=true;")
    assert facts["view"].startswith("http://127.0.0.1:")
    assert (process.returncode, rest, errors) == (0, b"", b"")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param("{", "must be JSON", id="not-json"),
        pytest.param('{"UserConfig": {"Namespaces": []}}', "exactly one namespace", id="empty"),
    ],
)
async def test_unusable_config_refused(tmp_path: Path, document: str, told: str) -> None:
    """
    A configuration that cannot be used stops the program with one clear line.
    """
    path = tmp_path / "Config.json"
    path.write_text(document)

    process = await run("--config", str(path))
    _, errors = await process.communicate()

    assert process.returncode == 1
    assert told in errors.decode()
    assert errors.count(b"\n") == 1


async def test_missing_config_refused(tmp_path: Path) -> None:
    """
    A configuration that is not there stops the program with one clear line.
    """
    process = await run("--config", str(tmp_path / "none.json"))
    _, errors = await process.communicate()

    assert process.returncode == 1
    assert errors.count(b"\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        *[("--lock-seconds", seconds) for seconds in ("0", "-1", "nan", "inf", "9999")],
        ("--journal", "-1"),
    ],
)
async def test_senseless_option_refused(options: tuple[str, str]) -> None:
    """
    An option with a value that no queue can have stops the program with one clear line.
    """
    process = await run(*options)
    _, errors = await process.communicate()

    assert process.returncode == 1
    assert options[0] in errors.decode()
    assert errors.count(b"\n") == 1
