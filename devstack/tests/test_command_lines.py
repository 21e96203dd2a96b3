"""Mistakes on the command line of a part are told in one line, and nothing is left behind."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from devstack.dataverse.__main__ import main as dataverse
from devstack.spotler.__main__ import main as spotler

type Main = Callable[[], None]


@pytest.mark.parametrize(
    ("main", "argument", "reason"),
    [
        pytest.param(spotler, "--public-url=nonsense", "https://example.org", id="public-url"),
        pytest.param(spotler, "--public-url=http://x:99999", "out of range", id="public-port"),
        pytest.param(spotler, "--default-zone=Mars/Crater", "no time zone", id="zone"),
        pytest.param(spotler, "--string-limit=-1", "at least 0", id="negative"),
        pytest.param(spotler, "--requests-per-second=nan", "at least 0", id="nan"),
        pytest.param(spotler, "--port=99999", "99999 is no port", id="port"),
        pytest.param(spotler, "--port=²", "no port", id="no-digit"),
        pytest.param(dataverse, "--page-cap=0", "--page-cap must be at least 1", id="page-cap"),
        pytest.param(dataverse, "--denied=prvFly", "privilege prvFly", id="privilege"),
        pytest.param(dataverse, "--organisation-id=x", "no GUID", id="guid"),
        pytest.param(dataverse, "--limit-window=-1", "at least 0", id="time"),
        pytest.param(dataverse, "--events=[", "not JSON", id="no-json"),
        pytest.param(dataverse, '--events={"parallel": 0}', "parallel must be", id="parallel"),
        pytest.param(dataverse, '--events={"duplicates": 2}', "at most 1", id="chance"),
        pytest.param(dataverse, '--events={"colour": 2}', "colour", id="unknown"),
    ],
)
def test_wrong_argument_is_refused(
    main: Main,
    argument: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    A wrong argument ends the process with status 2 and one line that gives the reason.
    """
    monkeypatch.setattr(sys, "argv", ["part", argument])

    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.count("\n") == 1
    assert reason in told


@pytest.mark.parametrize("main", [spotler, dataverse])
def test_help_tells_the_way(
    main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The help names the ready line, the view, the faults and the control routes, and no internals.
    """
    monkeypatch.setattr(sys, "argv", ["part", "--help"])

    with pytest.raises(SystemExit):
        main()

    told = capsys.readouterr().out
    assert all(word in told for word in ("JSON line", "/_devstack/ ", "faults", "/_devstack/reset"))
    assert not any(word in told for word in ("frozenset", "EventOptions(", "None)"))


@pytest.mark.parametrize(
    ("part", "option"),
    [
        *[(part, "--port") for part in ("spotler", "dataverse", "servicebus", "identity")],
        ("servicebus", "--http-port"),
    ],
)
async def test_port_in_use_is_told(part: str, option: str) -> None:
    """
    A part that cannot have its port says so in one line and ends with status 1.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, told = await _ended(part, f"{option}={taken.getsockname()[1]}")

    assert status == 1
    assert told.count("\n") == 1
    assert "address already in use" in told


@pytest.mark.parametrize("part", ["spotler", "dataverse", "servicebus", "identity"])
async def test_unusable_host_is_told(part: str) -> None:
    """
    A part whose host is no address of this machine says so in one line and ends with status 1.
    """
    status, told = await _ended(part, "--host=a..b")

    assert status == 1
    assert told.count("\n") == 1
    assert told.startswith("cannot listen: ")


async def _ended(part: str, argument: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"devstack.{part}", argument), stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()

    return process.returncode, told.decode()


def test_licence_is_all_that_is_told() -> None:
    """
    The command that makes a licence says the code and nothing else, no warning either.
    """
    command = [sys.executable, "-m", "devstack.licence", "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"]

    ended = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert ended.stdout.count(".") == 2
    assert ended.stderr == ""
