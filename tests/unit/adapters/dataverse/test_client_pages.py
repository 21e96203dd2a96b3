"""A long table is read page by page, as Dataverse links them, and comes to an end."""

import httpx
import pytest

from connector.adapters.dataverse import client as module
from connector.domain.errors import ConfigurationError, TransientError
from tests.unit.adapters.dataverse.scripted import API, BASE, ScriptedDataverse, a_page

ROW = {"contactid": "2d9f6b1a-6c1d-f111-8341-6045bd9c4e03", "versionnumber": 1}


async def test_pages_follow_their_links() -> None:
    """
    The link to the next page is followed as it is, with the same wish.
    """
    link = f"{API}/contacts?$select=a&$skiptoken=%3Ccookie%20pagenumber=%222%22%20x=%25253a%2F%3E"
    crm = ScriptedDataverse(a_page(ROW, next_link=link), a_page(ROW, ROW))

    pages = [page async for page in crm.client().iter_pages("contacts", prefer="a-wish")]

    assert [len(page.rows) for page in pages] == [1, 2]
    assert str(crm.requests[1].url) == link
    assert {request.headers["Prefer"] for request in crm.requests} == {"a-wish"}


async def test_pages_are_read_lazily() -> None:
    """
    A page is read when it is asked for, so that a long table needs little memory.
    """
    crm = ScriptedDataverse(a_page(ROW, next_link=f"{API}/contacts?$skiptoken=2"))
    pages = crm.client().iter_pages("contacts")

    await anext(pages)
    await anext(pages)

    assert len(crm.requests) == 2


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        pytest.param("https://elsewhere.test/contacts", ConfigurationError, id="other-host"),
        pytest.param(f"{BASE}.elsewhere.test/contacts", ConfigurationError, id="longer-host"),
        pytest.param(API.replace("https", "http"), ConfigurationError, id="other-scheme"),
        pytest.param(f"{BASE}:8443/contacts", ConfigurationError, id="other-port"),
        pytest.param("//elsewhere.test/contacts", ConfigurationError, id="no-scheme"),
        pytest.param("https://spotler-demo.crm4.dynamics.com@x.test/", ConfigurationError, id="at"),
        pytest.param(f"{API}/\a", TransientError, id="no-address"),
    ],
)
async def test_foreign_link_is_refused(link: str, expected: type[Exception]) -> None:
    """
    A link to another host, scheme or port never gets our token.
    """
    crm = ScriptedDataverse(a_page(ROW, next_link=link))

    with pytest.raises(expected, match="the link to the next page"):
        _ = [page async for page in crm.client().iter_pages("contacts")]

    assert len(crm.requests) == 1


@pytest.mark.parametrize("period", [1, 2])
async def test_pages_in_a_ring_end(period: int) -> None:
    """
    A link that was followed before is not followed again: that would never end.
    """
    links = [f"{API}/contacts?$skiptoken={number}" for number in range(period)]
    crm = ScriptedDataverse(*(a_page(ROW, next_link=link) for link in [*links, links[0]]))

    with pytest.raises(TransientError, match="come to an end"):
        _ = [page async for page in crm.client().iter_pages("contacts")]

    assert len(crm.requests) == period + 1


async def test_pages_without_end_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Links that are new each time are followed to a limit.
    """
    monkeypatch.setattr(module, "MOST_PAGES", 5)
    crm = ScriptedDataverse(
        *(a_page(ROW, next_link=f"{API}/contacts?$skiptoken={number}") for number in range(50))
    )

    with pytest.raises(TransientError, match="come to an end"):
        _ = [page async for page in crm.client().iter_pages("contacts")]

    assert len(crm.requests) == 6


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no-rows"),
        pytest.param({"value": [1]}, id="no-row"),
        pytest.param({"value": [{"a": {"canary": 1}}]}, id="nested-value"),
        pytest.param({"value": [], "@odata.nextLink": 7}, id="no-link"),
    ],
)
async def test_strange_page_comes_back(body: dict[str, object]) -> None:
    """
    A page that cannot be one is tried again later, and not repeated in the error.
    """
    crm = ScriptedDataverse(httpx.Response(200, json=body))

    with pytest.raises(TransientError, match="page of rows") as caught:
        await anext(crm.client().iter_pages("contacts"))

    assert "canary" not in f"{caught.value} {caught.value.__cause__}"
