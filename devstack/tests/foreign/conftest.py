"""What the clients of other makers need: the clients themselves, and a simulator to talk to."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PYTHON = ROOT / ".stack" / "foreign" / "python"
REQUIREMENTS = HERE / "requirements.txt"

type Facts = dict[str, Any]
type Told = dict[str, Any]


@pytest.fixture(scope="session")
def foreign_python() -> Path:
    """Install the Python clients where they disturb nobody, and return their interpreter."""
    stamp, wanted = PYTHON / ".installed", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    interpreter = PYTHON / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return interpreter

    run([sys.executable, "-m", "venv", "--clear", str(PYTHON)])
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    run([str(interpreter), "-m", "pip", "install", *options, "-r", str(REQUIREMENTS)])
    stamp.write_text(wanted)

    return interpreter


@pytest.fixture(scope="session")
def foreign_node() -> str:
    """Install the clients of JavaScript beside these tests, and return what runs them."""
    stamp, wanted = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < wanted.stat().st_mtime:
        run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE)

    return "node"


@contextmanager
def simulator(*options: str) -> Iterator[Facts]:
    """Run the Dataverse simulator and tell what it said when it was ready."""
    command = [sys.executable, "-m", "devstack.dataverse", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603 - our own module
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def ask(command: list[str], facts: Facts, **environment: str) -> Told:
    """Run a client's program with the facts of the simulator and return what it printed."""
    printed = run([*command, json.dumps(facts)], environment=environment)
    told: Told = json.loads(printed)

    return told


def run(
    command: list[str], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> bytes:
    """Run a program to its end and return what it printed."""
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is needed"

    return subprocess.run(  # noqa: S603 - programs of ours, and the installers of their clients
        [program, *command[1:]],
        check=True,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        timeout=600,
    ).stdout
