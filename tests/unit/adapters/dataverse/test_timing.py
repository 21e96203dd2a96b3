"""What takes many answers of a slow Dataverse ends in time, and comes back later."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import httpx
import pytest

from connector.adapters.dataverse import timing
from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.column_security import ColumnSecurity
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.mailing_book import DataverseMailingBook
from connector.adapters.dataverse.related import DataverseRelated
from connector.domain.contact import Column, RecordId, Table
from connector.domain.errors import System, TransientError
from connector.domain.mailing import Mailing
from tests.unit.adapters.dataverse.crm_rows import SANNE, a_row
from tests.unit.adapters.dataverse.scripted import (
    API,
    BASE,
    NumberedTokens,
    a_page,
    a_refusal,
    no_column,
)

SECONDS = 0.1
NAMES = [f"spot_{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
IDS = [RecordId(f"2d9f6b1a-6c1d-f111-8341-{number:012}") for number in range(100)]


def endless_pages(request: httpx.Request, number: int) -> httpx.Response:
    return a_page(a_row(), next_link=f"{API}/contacts?$skiptoken={number}")


def no_such_column(request: httpx.Request, number: int) -> httpx.Response:
    """Answer that the next column is not there."""
    return no_column(NAMES[number % len(NAMES)])


def a_page_of_nobody(request: httpx.Request, number: int) -> httpx.Response:
    return a_page()


def secured_columns(request: httpx.Request, number: int) -> httpx.Response:
    """Tell of many secured columns, and show a value of none."""
    if "WhoAmI" in request.url.path:
        return a_refusal(403, "0x80040220", "Principal user is missing a privilege.")
    if "EntityDefinitions" not in request.url.path:
        return a_page()

    columns = [
        {"LogicalName": name, "AttributeType": "String", "IsSecured": True, "MetadataId": SANNE}
        for name in NAMES
    ]

    return a_page({"LogicalName": "contact", "Attributes": columns})


def refused_writes(request: httpx.Request, number: int) -> httpx.Response:
    return a_refusal(400, "0x80040203", "A validation error occurred.")


async def read_pages(client: DataverseClient) -> None:
    _ = [page async for page in client.iter_pages("contacts")]


async def read_rows(client: DataverseClient) -> None:
    await DataverseGateway(client).list_records(Table.CONTACT, [SANNE], [*map(Column, NAMES)])


async def read_related(client: DataverseClient) -> None:
    await DataverseRelated(client).read_related(Table.CONTACT, NAMES, [SANNE], size=7)


async def find_deleted(client: DataverseClient) -> None:
    await DataverseGateway(client).find_deleted(Table.CONTACT, IDS)


async def look_at_columns(client: DataverseClient) -> None:
    await ColumnSecurity(client).look_at_columns(Table.CONTACT, NAMES)


async def save_mailings(client: DataverseClient) -> None:
    mailings = {row: Mailing(str(row), "Nieuws") for row in IDS}
    await DataverseMailingBook(client, "tag").save(mailings)


@pytest.mark.parametrize(
    ("work", "answer", "part"),
    [
        pytest.param(read_pages, endless_pages, System.CONTACTS, id="pages"),
        pytest.param(read_rows, no_such_column, System.CONTACTS, id="columns that are gone"),
        pytest.param(read_related, no_such_column, System.CONTACTS, id="lookups that are gone"),
        pytest.param(find_deleted, a_page_of_nobody, System.ROWS, id="deletions"),
        pytest.param(look_at_columns, secured_columns, System.METADATA, id="secured columns"),
        pytest.param(save_mailings, refused_writes, System.DATAVERSE, id="mailings one by one"),
    ],
)
async def test_slow_answers_end_in_time(
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[DataverseClient], Awaitable[None]],
    answer: Callable[[httpx.Request, int], httpx.Response],
    part: System,
) -> None:
    """
    Answers that each come in time, and together would take a function's, are not waited for.
    """
    monkeypatch.setattr(timing, "MOST_SECONDS", SECONDS)
    numbers = count()

    async def slowly(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(SECONDS / 4)
        return answer(request, next(numbers))

    client = DataverseClient(BASE, NumberedTokens(), transport=httpx.MockTransport(slowly))
    with pytest.raises(TransientError, match="must give all answers within") as caught:
        async with asyncio.timeout(20 * SECONDS):
            await work(client)

    assert caught.value.system is part
    assert next(numbers) < 50
