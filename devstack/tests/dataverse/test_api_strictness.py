"""What the vendor refuses is refused, even when an answer of 2xx would be easier."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import unquote

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Content-Type": "text/plain"}, 415, id="text"),
        pytest.param({"Content-Type": ""}, 400, id="none"),
        pytest.param({"Content-Type": "application/json; charset=utf-8"}, 204, id="json"),
    ],
)
async def test_body_needs_its_type(stage: Stage, headers: Mapping[str, str], status: int) -> None:
    """
    A body is read only when its header says that it is JSON.
    """
    answer = await stage.call("POST", "contacts", b'{"lastname": "Vos"}', headers)

    assert answer.status == status


async def test_unknown_preference_is_not_applied(stage: Stage) -> None:
    """
    Only preferences that were heeded are told to be applied.
    """
    known = 'odata.include-annotations="*",odata.maxpagesize=5'

    some = await stage.call("GET", "contacts", headers={"Prefer": f"{known},respond-async"})
    none = await stage.call("GET", "contacts", headers={"Prefer": "respond-async"})

    assert some.headers["Preference-Applied"] == known
    assert "Preference-Applied" not in none.headers


@pytest.mark.parametrize("name", ["OData-Version", "OData-MaxVersion"])
async def test_old_protocol_is_refused(stage: Stage, name: str) -> None:
    """
    A client of an older OData is refused.
    """
    assert (await stage.call("GET", "contacts", headers={name: "3.0"})).status == 400
    assert (await stage.call("GET", "contacts", headers={name: "4.0"})).status == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/json; odata.metadata=minimal; charset=UTF-8", 200),
        ("application/json;odata.metadata=minimal;odata.streaming=true", 200),
        ("application/json;IEEE754Compatible=false", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("", 200),
        ("text/html, application/xml;q=0.9, */*;q=0.8", 200),
        ("application/json, application/json;odata.metadata=full;q=0.5", 200),
        ("application/json;odata.metadata=full", 501),
        ('application/json;odata.metadata="none"', 501),
        ("application/json;q=0.5, application/json;odata.metadata=none", 501),
        ("application/json;q=high, application/json;odata.metadata=none;q=0.1", 501),
        ("application/json;IEEE754Compatible=true", 501),
        ("application/json;odata=verbose", 501),
        ("application/atom+xml", 501),
        ("text/plain", 501),
        ("multipart/mixed", 501),
    ],
)
async def test_other_format_is_loud(stage: Stage, accept: str, status: int) -> None:
    """
    Who wants another format, or more or less metadata in it, is not given the usual one.
    """
    answer = await stage.call("GET", "contacts", headers={"Accept": accept})

    assert answer.status == status


async def test_counts_and_batches_have_their_format(stage: Stage) -> None:
    """
    A count is a text too, and a batch has many parts, each with a format of its own.
    """
    kind = "multipart/mixed"
    batch = {
        "Accept": kind,
        "Content-Type": f"{kind}; boundary=b",
        "Prefer": "odata.continue-on-error",
    }
    lines = ["--b", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
    get = ["GET contacts HTTP/1.1", "Accept: application/json;odata.metadata=full", "", ""]
    body = "\r\n".join([*lines, *get, "--b--", ""]).encode()

    count = await stage.call("GET", "contacts/$count", headers={"Accept": "text/plain"})
    parts = await stage.call("POST", "$batch", body, batch)

    assert (count.status, parts.status) == (200, 200)
    assert b"HTTP/1.1 501" in parts.body


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_service_document_is_loud(stage: Stage, method: str) -> None:
    """
    Dataverse lists its sets at the service root; we do not, and say so.
    """
    answer = await stage.call(method, "", headers={"Content-Type": "application/json"})

    assert answer.status == 501
    assert "the service document" in answer.json["error"]["message"]


async def test_altered_token_is_refused(stage: Stage) -> None:
    """
    A skiptoken is good as it was given, for the query that it was given for.
    """
    for name in ("Vos", "Bos", "Mos"):
        await stage.make("contacts", lastname=name)

    headers = {"Prefer": "odata.maxpagesize=1"}
    page = await stage.call("GET", "contacts", headers=headers, params={"$orderby": "lastname"})
    token = unquote(page.json["@odata.nextLink"].partition("$skiptoken=")[2])

    whole = await stage.get("contacts", orderby="lastname", skiptoken=token)
    altered = await stage.get("contacts", orderby="lastname", skiptoken=f"A{token[1:]}")
    elsewhere = await stage.get("contacts", orderby="createdon", skiptoken=token)
    empty = await stage.get("contacts", orderby="lastname", skiptoken="")

    assert [whole.status, altered.status, elsewhere.status, empty.status] == [200, 400, 400, 400]


@pytest.mark.parametrize("path", ["/api/data/v9.1/contacts", "/api/data/v9.2", "/api/data"])
async def test_other_version_is_loud(stage: Stage, path: str) -> None:
    """
    Another version of the Web API is not simulated.
    """
    async with stage.http.get(f"{stage.facts['url']}{path}") as answer:
        assert answer.status == 501


@pytest.mark.parametrize(
    ("url", "status"),
    [
        pytest.param("{root}/api/data/v9.2/contacts", 200, id="absolute"),
        pytest.param("/api/data/v9.2/contacts", 200, id="from-the-host"),
        pytest.param("contacts", 200, id="relative"),
        pytest.param("http://elsewhere.example/api/data/v9.2/contacts", 400, id="other-host"),
        pytest.param("/api/data/v9.1/contacts", 501, id="other-version"),
    ],
)
async def test_batch_stays_at_home(stage: Stage, url: str, status: int) -> None:
    """
    An operation of a batch is below the service root of the batch.
    """
    address = url.format(root=stage.facts["url"])
    body = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {address} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/mixed; boundary=b"}

    answer = await stage.call("POST", "$batch", body.encode(), headers)

    assert answer.status == status


async def test_types_have_odata_names(stage: Stage) -> None:
    """
    A comparison of two types names both as OData does.
    """
    answer = await stage.get("contacts", filter="gendercode eq 'two'")

    assert "'Edm.Int32' and 'Edm.String'" in answer.json["error"]["message"]


async def test_step_knows_its_columns(stage: Stage) -> None:
    """
    A step cannot be told to listen to a column that its table lacks, nor be changed to.
    """
    await stage.control("POST", "webhook", {"url": "http://localhost/hook"})
    steps = await stage.get(
        "sdkmessageprocessingsteps", filter="contains(name,'Update of contact')"
    )
    address = f"sdkmessageprocessingsteps({steps.rows[0]['sdkmessageprocessingstepid']})"

    wrong = await stage.call("PATCH", address, {"filteringattributes": "lastname,colour"})
    right = await stage.call("PATCH", address, {"filteringattributes": "lastname,emailaddress1"})

    assert (wrong.status, wrong.code) == (400, "0x80041103")
    assert right.status == 204


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        pytest.param({"url": "nonsense"}, "http://", id="url"),
        pytest.param({"url": 5}, "http://", id="no-text"),
        pytest.param({"url": "http://localhost:99999/"}, "range", id="port"),
        pytest.param({"images": {"contact": ["colour"]}}, "no column colour", id="image"),
        pytest.param({"filtering": {"lead": ["colour"]}}, "no column colour", id="filter"),
        pytest.param({"filtering": 5}, "must be an object", id="no-object"),
        pytest.param({"tables": "contact"}, "lists of names", id="no-list"),
        pytest.param({"tables": ["colour"]}, "no filter", id="table"),
        pytest.param({"colour": 1}, "has no colour", id="unknown"),
        pytest.param({"restore": "yes"}, "true or false", id="no-truth"),
        pytest.param({"merge": True, "tables": ["spot_mailing"]}, "no filter", id="no-merge"),
    ],
)
async def test_wrong_webhook_is_refused(
    stage: Stage, wrong: Mapping[str, object], reason: str
) -> None:
    """
    A webhook that cannot be is refused with the reason, and nothing is registered.
    """
    answer = await stage.control("POST", "webhook", {"url": "http://localhost/hook", **wrong})

    assert answer.status == 400
    assert reason in answer.body.decode()
    assert (await stage.get("serviceendpoints")).rows == []
