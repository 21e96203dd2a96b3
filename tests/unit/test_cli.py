"""The command line says what it can do, and works in a pipe."""

import subprocess
import sys
from pathlib import Path

import pytest

from connector.cli import main
from devstack.stack.demonstration_licence import demonstration_licence
from tests.builders import ORGANISATION

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", [[], ["licence"], ["licence", "issue"]])
def test_help_is_there(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    Every command explains itself.
    """
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])

    assert caught.value.code == 0
    assert "python -m connector.cli" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["licence"], ["licence", "forge"], ["unknown"]])
def test_unknown_command_is_two(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    What nobody understands ends with 2 and says how it is written.
    """
    with pytest.raises(SystemExit) as caught:
        main(command)

    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_works_in_a_pipe() -> None:
    """
    A code that is piped in is verified, and the exit code reaches the shell.
    """
    command = [sys.executable, "-m", "connector.cli", "licence", "verify", "-"]

    ended = subprocess.run(  # noqa: S603 - our own module, under the same Python
        [*command, "--organisation", ORGANISATION, "--local-stack"],
        input=demonstration_licence(ORGANISATION),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "initial sync:   yes" in ended.stdout
