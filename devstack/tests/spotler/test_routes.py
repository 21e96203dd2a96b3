"""Which paths there are, on both bases, and that every one of them is protected."""

import re
from collections.abc import AsyncIterator

import pytest

from devstack.tests.spotler.client import JSON, Caller
from devstack.tests.spotler.conftest import Start

VENDOR = {
    "GET /contact/properties/list",
    "POST /contact",
    "POST /contact/list",
    "GET /contact/{externalId}",
    "PUT /contact/{externalId}",
    "PUT /contact/anonymize/{externalId}",
    "PUT /contact/inactivate/{externalId}",
    "GET /contact/updates/list",
    "GET /contact/bounces/list",
    "GET /contact/{externalId}/mailings",
    "GET /contact/{externalId}/campaign-mailings",
    "GET /contact/search",
    "POST /subscription/subscribe",
    "GET /templist",
    "POST /templist",
    "POST /templist/{externalTemporaryListId}",
    "DELETE /templist/{externalTemporaryListId}",
    "GET /campaign/list",
    "POST /campaign/trigger/{encryptedTriggerId}",
    "POST /campaign/{encryptedCampaignId}/stop",
    "GET /campaign/{encryptedCampaignId}/mailing",
    "POST /automation/trigger/{triggerCode}",
    "GET /mailing",
    "GET /mailing/{encryptedMailingId}",
    "GET /mailing/{encryptedMailingId}/statistics",
    "GET /trend-report",
    "GET /mailing/{encryptedMailingId}/recipients",
    "GET /mailing/{encryptedMailingId}/opens",
    "GET /mailing/{encryptedMailingId}/bounces",
    "GET /mailing/{encryptedMailingId}/clicks",
    "GET /mailing/{encryptedMailingId}/opens/{externalId}",
    "GET /mailing/{encryptedMailingId}/clicks/{externalId}",
    "GET /campaign-mailing/{encryptedMailingId}",
    "GET /campaign-mailing/{encryptedMailingId}/recipients",
    "GET /campaign-mailing/{encryptedMailingId}/opens",
    "GET /campaign-mailing/{encryptedMailingId}/bounces",
    "GET /campaign-mailing/{encryptedMailingId}/clicks",
    "GET /campaign-mailing/{encryptedMailingId}/opens/{campaignSubscriptionId}",
    "GET /campaign-mailing/{encryptedMailingId}/clicks/{campaignSubscriptionId}",
    "GET /mailing-interaction/sent",
    "GET /mailing-interaction/opened",
    "GET /mailing-interaction/clicked",
    "GET /mailing-interaction/bounced",
}


def test_routes_are_the_vendors(spotler: Caller) -> None:
    """
    The simulator has every path of the contract and no path of its own.
    """
    routes = spotler.simulator.routes()

    assert {f"{route.method} {route.path}" for route in routes} == VENDOR
    assert len(routes) == len(VENDOR)


@pytest.mark.parametrize("operation", sorted(VENDOR))
async def test_every_path_is_protected(spotler: Caller, operation: str) -> None:
    """
    No path answers who did not sign, on either base and with either ending.
    """
    method, template = operation.split()
    path = re.sub(r"{\w+}", "x", template)

    for base in (spotler.base, spotler.pinned().base):
        for url in (f"{base}{path}", f"{base}{path}/"):
            answer = await spotler.send(method, url)
            assert (answer.status, answer.error) == (401, "NOT_AUTHORIZED"), url


@pytest.mark.parametrize("operation", sorted(VENDOR))
async def test_every_path_is_counted_by_template(spotler: Caller, operation: str) -> None:
    """
    Calls are counted under the template of their path, whatever base or ending was used.
    """
    method, template = operation.split()
    path = re.sub(r"{\w+}", "x", template)
    await spotler.send(method, f"{spotler.base}{path}")
    await spotler.send(method, f"{spotler.pinned().base}{path}/")

    counted = await spotler.control("GET", "/calls")

    assert counted.data == {"total": 2, "calls": {operation: {"401": 2}}}


@pytest.mark.parametrize(
    "path", ["/integrationservice/audience", "/integrationservice-2/contact", "/", "/contact"]
)
async def test_unknown_path_is_loud(spotler: Caller, path: str) -> None:
    """
    A path that the contract does not have is 501 and named, not a quiet 404.
    """
    answer = await spotler.send("GET", f"{spotler.root}{path}")

    assert (answer.status, answer.error) == (501, "NOT_SIMULATED")
    assert path in answer.data["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/contact"), ("DELETE", "/contact/a"), ("PUT", "/templist/a"), ("GET", "/templist/a")],
)
async def test_method_that_path_lacks(spotler: Caller, method: str, path: str) -> None:
    """
    No contact can be deleted, no list replaced or read: such methods are 405.
    """
    answer = await spotler.call(method, path)

    assert answer.status == 405
    assert method not in answer.headers["Allow"]


async def test_path_can_be_taken_away(spotler: Caller) -> None:
    """
    A path that the vendor ends is 404 and leaves the listing.
    """
    await spotler.control("PUT", "/gone", {"paths": ["/contact/search"]})

    answer = await spotler.get("/contact/search", MPSearchQuery="email=a@b.nl", pageSize=1)
    listing = await spotler.send("GET", f"{spotler.base}/api-docs/contact")

    assert (answer.status, answer.error) == (404, "RESOURCE_NOT_FOUND")
    assert "/contact/search" not in [api["path"] for api in listing.data["apis"]]


async def test_listing_takes_no_login(spotler: Caller) -> None:
    """
    The listing says without a login which resources there are, on both bases.
    """
    for base in (spotler.base, spotler.pinned().base):
        answer = await spotler.send("GET", f"{base}/api-docs")

        assert answer.status == 200
        assert answer.data["swaggerVersion"] == "1.2"
        assert {api["path"] for api in answer.data["apis"]} == {
            f"/{operation.split()[1].split('/')[1]}" for operation in VENDOR
        }


async def test_listing_has_every_operation(spotler: Caller) -> None:
    """
    The listing names all operations, except the one that the vendor's leaves out.
    """
    index = await spotler.send("GET", f"{spotler.base}/api-docs")
    listed = set()
    for resource in index.data["apis"]:
        answer = await spotler.send("GET", f"{spotler.base}/api-docs{resource['path']}")
        assert answer.data["basePath"] == spotler.base
        for api in answer.data["apis"]:
            listed |= {f"{operation['method']} {api['path']}" for operation in api["operations"]}

    assert listed == VENDOR - {"PUT /contact/inactivate/{externalId}"}


async def test_unknown_listing_is_refused(spotler: Caller) -> None:
    """
    A resource that is not listed is not found.
    """
    answer = await spotler.send("GET", f"{spotler.base}/api-docs/audience")

    assert answer.status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Content-Type": JSON}, 204, id="json"),
        pytest.param({"Content-Type": f"{JSON}; charset=utf-8"}, 204, id="charset"),
        pytest.param({}, 204, id="missing"),
        pytest.param({"Content-Type": "text/plain"}, 415, id="text"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, 415, id="form"),
    ],
)
async def test_content_type(spotler: Caller, headers: dict[str, str], status: int) -> None:
    """
    A body is JSON by its type, or by having none; a form is refused.
    """
    url = spotler.url("/contact")
    headers = {**headers, **spotler.sign("POST", url), "Accept": JSON}

    answer = await spotler.send(
        "POST", url, headers=headers, data=b'{"contact":{"externalId":"a"}}'
    )

    assert answer.status == status


async def test_content_type_can_be_required(start: Start) -> None:
    """
    A switch refuses a body without a type.
    """
    spotler = await start(require_content_type=True)
    url = spotler.url("/contact")

    answer = await spotler.send(
        "POST", url, headers={**spotler.sign("POST", url), "Accept": JSON}, data=b"{}"
    )

    assert answer.status == 415


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"contact": NaN}', b"\xff\xfe{"])
async def test_broken_body_is_refused(spotler: Caller, body: bytes) -> None:
    """
    What is not a JSON object is a bad request.
    """
    url = spotler.url("/contact")
    headers = {**spotler.sign("POST", url), "Accept": JSON, "Content-Type": JSON}

    answer = await spotler.send("POST", url, headers=headers, data=body)

    assert (answer.status, answer.error) == (400, "INVALID_PARAMS")


async def test_chunked_body_is_read(spotler: Caller) -> None:
    """
    A body of unknown length, without a type, is read to its end.
    """

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"contact":', b'{"externalId":"a"}}'):
            yield piece

    url = spotler.url("/contact")
    headers = {**spotler.sign("POST", url), "Accept": JSON}

    answer = await spotler.send("POST", url, headers=headers, data=pieces())

    assert answer.status == 204


@pytest.mark.parametrize("accept", [None, "*/*", "application/xml"])
async def test_who_would_get_xml(spotler: Caller, accept: str | None) -> None:
    """
    Spotler speaks XML to who does not ask for JSON, and the simulator has none.
    """
    url = spotler.url("/contact/properties/list")
    headers = spotler.sign("GET", url) | ({} if accept is None else {"Accept": accept})

    answer = await spotler.send("GET", url, headers=headers)

    assert answer.status == 501
    assert "XML" in answer.data["message"]


async def test_json_only_path_needs_no_accept(spotler: Caller) -> None:
    """
    Paths that know only JSON answer it to everyone.
    """
    url = spotler.url("/contact/search", {"MPSearchQuery": "email=a@b.nl", "pageSize": 1})

    answer = await spotler.send("GET", url, headers=spotler.sign("GET", url))

    assert answer.status == 200


async def test_answers_have_bare_content_type(spotler: Caller) -> None:
    """
    Answers and errors are application/json without a charset.
    """
    good = await spotler.get("/templist")
    bad = await spotler.get("/contact/nobody")

    assert good.headers["Content-Type"] == bad.headers["Content-Type"] == "application/json"


async def test_unknown_query_is_loud(spotler: Caller) -> None:
    """
    A parameter that the contract does not have is 501, one given twice is refused.
    """
    unknown = await spotler.get("/templist", page=1)
    twice = await spotler.call("GET", "/trend-report?after=1&after=2")

    assert (unknown.status, twice.status) == (501, 400)
    assert "page" in unknown.data["message"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/contact/properties/list", {}),
        ("/templist", {}),
        ("/campaign/list", {}),
        ("/campaign/cWelkom/mailing", {}),
        ("/mailing", {"fromDate": "2020-01-01T00:00:00Z", "toDate": "2100-01-01T00:00:00Z"}),
    ],
)
async def test_page_size_is_looked_past(
    spotler: Caller, path: str, query: dict[str, object]
) -> None:
    """
    Lists without pages are whole, whatever page size is asked for.
    """
    whole = await spotler.get(path, **query)
    sized = await spotler.get(path, **query, pageSize=1)

    assert (sized.status, sized.text) == (200, whole.text)
    assert len(whole.data) >= 1
