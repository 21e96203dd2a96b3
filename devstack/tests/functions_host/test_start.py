"""Apps and settings with which the host must not start."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from devstack.tests.functions_host.stage import Part, make_app, make_settings, refused, running

_HEAD = "import azure.functions as func\napp = func.FunctionApp()\n"


def _http(route: str) -> str:
    return f'{_HEAD}@app.route("{route}")\ndef f(req: func.HttpRequest) -> str: return ""\n'


def _timer(schedule: str) -> str:
    return (
        f'{_HEAD}@app.timer_trigger(arg_name="t", schedule="{schedule}")\n'
        "def f(t: func.TimerRequest) -> None: ...\n"
    )


def _queue(name: str, extra: str = "") -> str:
    return (
        f'{_HEAD}@app.service_bus_queue_trigger(arg_name="m", queue_name="{name}",'
        f' connection="Bus"{extra})\ndef f(m: func.ServiceBusMessage) -> None: ...\n'
    )


_TOPIC = (
    f'{_HEAD}@app.service_bus_topic_trigger(arg_name="m", topic_name="t", subscription_name="s",'
    ' connection="Bus")\ndef f(m: func.ServiceBusMessage) -> None: ...\n'
)


_UNFIT = [
    pytest.param("import nothing_like_this", "nothing_like_this", id="import fails"),
    pytest.param("x = 1", "Could not find top level function app", id="no app"),
    pytest.param(_http("admin/users"), "conflicts with one or more built in", id="admin"),
    pytest.param(_http("Runtime"), "conflicts with one or more built in", id="runtime"),
    pytest.param(_http("x/{y:unheard}"), "'unheard' is not known", id="constraint"),
    pytest.param(
        _http("x/{a}") + _http("x/{b}").removeprefix(_HEAD).replace(" f(", " g("),
        "functions 'f' and 'g' have the same route",
        id="clash",
    ),
    pytest.param(_timer("00:05:00"), "TimeSpan", id="time span"),
    pytest.param(_timer("0 0 0 30 2 *"), "is never due", id="30 February"),
    pytest.param(_timer("%GONE%"), "no setting 'GONE'", id="schedule setting"),
    pytest.param(_queue("q"), "connection 'Bus' is not set", id="no connection"),
    pytest.param(_queue("q", ", is_sessions_enabled=True"), "sessions", id="sessions"),
    pytest.param(_TOPIC, "queues without sessions", id="topic"),
]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """Start a host on every unfit app, some at a time, for each takes half a second."""

    def an_app(script: str) -> Path:
        root = make_app(tmp_path_factory.mktemp("unfit") / "app", "web")
        (root / "function_app.py").write_text(script)

        return root

    apps = {script: an_app(script) for script in (str(one.values[0]) for one in _UNFIT)}
    with ThreadPoolExecutor(max_workers=3) as pool:
        yield {script: pool.submit(refused, root) for script, root in apps.items()}


@pytest.mark.parametrize(("script", "said"), _UNFIT)
def test_unfit_app_is_refused(refusals: dict[str, Future[str]], script: str, said: str) -> None:
    """
    An app that Azure or this host could not run stops the host with the reason.
    """
    assert said in refusals[script].result()


@pytest.fixture(scope="module")
def bus() -> Iterator[Part]:
    with running("servicebus") as part:
        yield part


def test_unknown_queue_is_refused(bus: Part, tmp_path: Path) -> None:
    """
    A function of a queue that does not exist stops the host.
    """
    root = make_app(tmp_path / "app", "web")
    (root / "function_app.py").write_text(_queue("%NAME%"))

    said = refused(root, Bus=bus.facts["connection_string"], NAME="nowhere")

    assert "no queue 'nowhere'" in said


def test_port_in_use_is_refused(bus: Part, tmp_path: Path) -> None:
    """
    A port that somebody else has stops the host in one line, with its queues closed again.
    """
    root = make_app(tmp_path / "app", "web")
    (root / "function_app.py").write_text(_queue("changes"))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(root, "--port", port, Bus=bus.facts["connection_string"])

    last = said.splitlines()[-1]
    assert "Traceback" not in said
    assert last.startswith("the host cannot start: the port cannot be opened")
    assert f"'127.0.0.1', {port}" in last


@pytest.mark.parametrize("limit", ["0", "-1", "1 MB"])
def test_senseless_body_limit_is_refused(tmp_path: Path, limit: str) -> None:
    """
    A limit of bodies that is no number of bytes stops the host.
    """
    said = refused(make_app(tmp_path / "app", "web"), FUNCTIONS_REQUEST_BODY_SIZE_LIMIT=limit)

    assert "the setting 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT' must be a number of bytes" in said


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    """
    A folder without host.json is not an app.
    """
    assert "there is no host.json" in refused(tmp_path)


def test_environment_overrules_the_file(tmp_path: Path) -> None:
    """
    A setting of the environment counts more than the settings file, and both reach the app.
    """
    root = make_app(tmp_path / "app", "web")
    (root / "function_app.py").write_text(
        "import os\n"
        + _http("told").replace('return ""', 'return os.environ["A"] + os.environ["B"]')
    )
    settings = make_settings(tmp_path / "settings.json", A="file", B="file")

    with running(
        "functions_host", "--root", root, "--settings", settings, "--no-auth", B="environment"
    ) as host:
        assert host.call("GET", "/api/told").text == "fileenvironment"


def test_disabled_function_is_absent(tmp_path: Path) -> None:
    """
    A function that a setting disables does not exist.
    """
    root = make_app(tmp_path / "app", "web")
    settings = make_settings(
        tmp_path / "settings.json",
        **{"AzureWebJobs.nightly.Disabled": "true", "NIGHTLY": "0 0 3 * * *"},
    )

    with running("functions_host", "--root", root, "--settings", settings) as host:
        names = {function["name"] for function in host.facts["functions"]}

    assert "nightly" not in names
    assert "flaky" in names


_TWICE = """
import asyncio, sys
from pathlib import Path
import aiohttp
from devstack.functions_host import FunctionsHost, HostError, HostOptions

async def told(root, settings):
    host = FunctionsHost(HostOptions(root, settings=settings, auth=False))
    facts = await host.start()
    async with aiohttp.ClientSession(facts["url"]) as session, session.get("/api/told") as answer:
        text = await answer.text()
    await host.stop()
    return text

async def main(root, other, *files):
    print(*[await told(root, file) for file in files])
    try:
        await FunctionsHost(HostOptions(other)).start()
    except HostError as error:
        print(error)

asyncio.run(main(*map(Path, sys.argv[1:])))
"""


def test_same_app_starts_again(tmp_path: Path) -> None:
    """
    A process may host its app again with other settings, but no other app.
    """
    root = make_app(tmp_path / "app", "web")
    other = make_app(tmp_path / "other", "web")
    (root / "function_app.py").write_text(
        "import os\n" + _http("told").replace('return ""', 'return os.environ["A"]')
    )
    files = [make_settings(tmp_path / f"{name}.json", A=name) for name in ("first", "second")]

    said = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", _TWICE, root, other, *files],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    ).stdout

    assert said.splitlines()[0] == "first second"
    assert "already hosts" in said
