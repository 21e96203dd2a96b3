"""HTTP functions, their keys, and the host's own routes, on a real host."""

import json
from collections.abc import Iterator

import pytest

from devstack.tests.functions_host.stage import Part, make_app, make_settings, running

LIMIT = {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "100000"}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    folder = tmp_path_factory.mktemp("web")
    root = make_app(folder / "app", "web")
    settings = make_settings(folder / "local.settings.json", NIGHTLY="0 0 3 29 2 *", **LIMIT)
    with running(
        "functions_host",
        *("--root", root, "--settings", settings),
        *("--function-key", "function", "--master-key", "master", "--key", "guarded=own"),
    ) as part:
        yield part


def test_request_reaches_the_function(host: Part) -> None:
    """
    A function sees method, url, headers, query, route and body as Azure hands them on.
    """
    path = "/api/Echo/bob/7/?a=1&a=2&empty="

    seen = host.call("POST", path, content=b"hello", headers={"X-Custom": "yes"}).json()

    assert seen["method"] == "POST"
    assert seen["url"] == host.facts["url"] + path
    assert seen["params"] == {"a": "1,2"}
    assert seen["route"] == {"name": "bob", "number": "7"}
    assert seen["headers"]["x-custom"] == "yes"
    assert seen["body"] == "hello"


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize(("size", "status"), [(100_000, 201), (100_001, 413)])
def test_body_over_the_limit_is_refused(host: Part, size: int, status: int, chunked: bool) -> None:
    """
    No function sees a body over the host's limit, whether or not its length is said.
    """
    body = b"x" * size
    content = iter([body[:1000], body[1000:]]) if chunked else body

    assert host.call("POST", "/api/echo/bob", content=content).status_code == status


def test_stranger_is_refused_before_the_limit(host: Part) -> None:
    """
    Who has no key learns nothing of the limit.
    """
    assert host.call("POST", "/api/guarded", content=b"x" * 100_001).status_code == 401


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "nonsense"])
def test_body_is_never_inflated(host: Part, encoding: str) -> None:
    """
    A function sees a body as it came, also when it is not what its encoding says.
    """
    headers = {"Content-Encoding": encoding}

    answer = host.call("POST", "/api/echo/bob", content=b"hello", headers=headers)

    assert answer.status_code == 201
    assert answer.json()["body"] == "hello"


def test_response_reaches_the_caller(host: Part) -> None:
    """
    Status, type and every cookie of a response reach the caller.
    """
    response = host.call("GET", "/api/echo/bob")

    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert response.headers.get_list("set-cookie") == ["first=1; Path=/", "second=2; HttpOnly"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/nothing", 404, id="no route"),
        pytest.param("GET", "/echo/bob", 404, id="no prefix"),
        pytest.param("GET", "/api/echo/b0b", 404, id="constraint not met"),
        pytest.param("PUT", "/api/echo/bob", 404, id="wrong method"),
        pytest.param("GET", "/api/files/a/b%2Fc/d%20e", 200, id="rest of the path"),
        pytest.param("GET", "/api/files", 200, id="no rest"),
        pytest.param("GET", "/api/broken", 500, id="exception"),
        pytest.param("GET", "/api/forgetful", 500, id="None where a response is due"),
        pytest.param("GET", "/api/silent", 204, id="no output set"),
        pytest.param("DELETE", "/api/silent", 204, id="any method"),
    ],
)
def test_path_decides_the_status(host: Part, method: str, path: str, status: int) -> None:
    """
    A request gets the status that Azure would give it.
    """
    assert host.call(method, path).status_code == status


@pytest.mark.parametrize("path", ["/api/broken", "/api/guarded", "/api/nothing"])
def test_refusals_have_no_body(host: Part, path: str) -> None:
    """
    A refusal and a failure tell the caller nothing.
    """
    assert host.call("GET", path).content == b""


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        pytest.param("guarded", None, 401, id="no key"),
        pytest.param("guarded", "wrong", 401, id="wrong key"),
        pytest.param("guarded", "clé", 401, id="not even ascii"),
        pytest.param("guarded", "function", 200, id="host key"),
        pytest.param("guarded", "own", 200, id="own key"),
        pytest.param("guarded", "master", 200, id="master key"),
        pytest.param("another", "own", 401, id="key of another function"),
        pytest.param("owned", "function", 401, id="admin wants more"),
        pytest.param("owned", "master", 200, id="admin"),
    ],
)
def test_key_decides_who_enters(host: Part, path: str, key: str | None, status: int) -> None:
    """
    A function opens to the keys of its level, in the query as in the header.
    """
    by_query = host.call("GET", f"/api/{path}", params={"code": key} if key else None)
    header = {b"x-functions-key": key.encode()} if key else None
    by_header = host.call("GET", f"/api/{path}", headers=header)

    assert (by_query.status_code, by_header.status_code) == (status, status)


def test_ready_line_tells_everything(host: Part) -> None:
    """
    The ready line names the functions, their routes and the keys that open them.
    """
    functions = {function["name"]: function for function in host.facts["functions"]}

    assert host.facts["part"] == "functions_host"
    assert host.facts["pid"] == host.process.pid
    assert (host.facts["function_key"], host.facts["master_key"]) == ("function", "master")
    assert functions["guarded"] == {
        "name": "guarded",
        "type": "httpTrigger",
        "route": "/api/guarded",
        "key": "own",
    }
    assert functions["nightly"] == {"name": "nightly", "type": "timerTrigger", "route": None}
    generated = functions["another"]["key"]
    assert host.call("GET", "/api/another", params={"code": generated}).text == "another"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("GET", "/admin/host/status", "", 200, id="status"),
        pytest.param("POST", "/admin/functions/nightly", '{"input": ""}', 202, id="timer"),
        pytest.param("POST", "/admin/functions/nightly", "none", 400, id="no JSON"),
        pytest.param("POST", "/admin/functions/nobody", "{}", 404, id="no such function"),
        pytest.param("POST", "/admin/functions/echo", "{}", 501, id="HTTP function"),
        pytest.param("GET", "/admin/vfs/", "", 501, id="not simulated"),
    ],
)
def test_admin_wants_the_master_key(
    host: Part, method: str, path: str, body: str, status: int
) -> None:
    """
    The host's own routes answer to the master key alone.
    """
    with_key = host.call(method, path, content=body, params={"code": "master"})
    without = host.call(method, path, content=body, params={"code": "function"})

    assert (with_key.status_code, without.status_code) == (status, 401)


def test_failure_is_one_line(host: Part) -> None:
    """
    A failed invocation is told in one line that names the function, the error and the place.
    """
    host.call("GET", "/api/broken")

    line = host.until("broken failed")
    assert "ValueError('this is broken')" in line
    assert "in broken]" in line


def test_status_is_running(host: Part) -> None:
    """
    The status says that the host runs.
    """
    status = host.call("GET", "/admin/host/status", headers={"x-functions-key": "master"})

    assert json.loads(status.content)["state"] == "Running"


def test_checks_can_be_off(tmp_path_factory: pytest.TempPathFactory) -> None:
    """
    With --no-auth every function opens without a key, and the route prefix is that of host.json.
    """
    folder = tmp_path_factory.mktemp("open")
    root = make_app(folder / "app", "web", {"extensions": {"http": {"routePrefix": ""}}})

    with running("functions_host", "--root", root, "--no-auth", NIGHTLY="0 0 3 * * *") as part:
        assert part.call("GET", "/owned").text == "owned"
        # Keys that nobody gave are made up.
        assert len(part.facts["master_key"]) > 20
