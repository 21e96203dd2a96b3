"""The corners of writing contacts that no simulator shows."""

import httpx
import pytest

from connector.adapters.dataverse.contact_book import DataverseContactBook
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.mailing_book import DataverseMailingBook
from connector.adapters.dataverse.refusals import PreconditionFailedError
from connector.domain.contact import Record, RecordId, Table
from connector.domain.converters.unusable import Note
from connector.domain.errors import TransientError
from tests.builders import a_contact_key, an_id
from tests.spotler_people import a_mailing
from tests.unit.adapters.dataverse.scripted import ScriptedDataverse, a_page, a_refusal

DUPLICATE = a_refusal(412, "0x80040333", "A record was not created because a duplicate exists.")


def a_book(*answers: httpx.Response) -> tuple[DataverseContactBook, ScriptedDataverse]:
    crm = ScriptedDataverse(*answers)

    return DataverseContactBook(crm.client(), "a mark"), crm


async def test_duplicate_is_a_refusal() -> None:
    """
    A customer's rule against duplicates refuses a contact; it is not one that is there already.
    """
    book, _ = a_book(DUPLICATE)

    with pytest.raises(PreconditionFailedError):
        await book.create(an_id(1), {})
    with pytest.raises(PreconditionFailedError):
        await book.update(Record(a_contact_key(1), 7, {}), {})


async def test_write_names_the_version_and_the_mark() -> None:
    """
    A change holds only for the version that was read, and carries our mark.
    """
    book, crm = a_book(httpx.Response(204))

    await book.update(Record(a_contact_key(1), 7, {}), {"firstname": "Jan"})

    [request] = crm.requests
    assert request.headers["If-Match"] == 'W/"7"'
    assert request.url.params["tag"] == "a mark"


async def test_like_address_is_left_out() -> None:
    """
    SQL Server finds letters with an accent for those without; such a row is somebody else's.
    """
    row = {"contactid": an_id(1), "versionnumber": 1, "modifiedon": "2026-01-01T00:00:00Z"}
    page = a_page(
        row | {"emailaddress1": "jos\N{LATIN SMALL LETTER E WITH ACUTE}@example.nl"},
        row | {"contactid": an_id(2), "emailaddress1": " JOSE@example.nl"},
    )
    crm = ScriptedDataverse(page)

    found = await DataverseGateway(crm.client()).list_by_address(
        Table.CONTACT, "emailaddress1", ["jose@example.nl", "o'neil@example.nl"]
    )

    assert [one.key.id for one in found] == [an_id(2)]
    assert crm.requests[0].url.params["$filter"] == (
        "startswith(emailaddress1,'jose@example.nl')"
        " or startswith(emailaddress1,'o''neil@example.nl')"
    )


@pytest.mark.parametrize(
    ("shown", "note"),
    [
        pytest.param("j***@example.nl", Note.MASKED, id="masked"),
        pytest.param("xxxxxxx@example.nl", Note.MASKED, id="masked by letters"),
        pytest.param("\u2022\u2022\u2022@example.nl", Note.MASKED, id="masked by dots"),
        pytest.param(None, Note.MASKED, id="empty"),
        pytest.param("Jo_Vos@example.nl", None, id="in another case"),
    ],
)
async def test_row_that_does_not_show_its_address(shown: str | None, note: Note | None) -> None:
    """
    A row that was found by an address and shows another one, or none, keeps its own from us.
    """
    row = {"contactid": an_id(1), "versionnumber": 1, "modifiedon": "2026-01-01T00:00:00Z"}
    not_told = a_refusal(403, "0x80040220", "Principal user is missing prvReadEntity privilege.")
    crm = ScriptedDataverse(a_page(row | {"emailaddress1": shown}), not_told)

    [found] = await DataverseGateway(crm.client()).list_by_address(
        Table.CONTACT, "emailaddress1", ["jo_vos@example.nl"]
    )

    assert found.unknown.get("emailaddress1") == note


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        pytest.param("jo@example.nl", "jo@example.nl.com", id="goes on"),
        pytest.param("jo_vos@example.nl", "jo-vos@example.nl", id="any sign"),
        pytest.param("jo%@example.nl", "jo.vos@example.nl", id="any signs"),
        pytest.param("jo[a-z]@example.nl", "jox@example.nl", id="any of some signs"),
        pytest.param("jos\u00e9@example.nl", "jose@example.nl", id="accent"),
    ],
)
async def test_row_that_is_merely_alike(address: str, shown: str) -> None:
    """
    What Dataverse finds besides, by its wildcards and without accents, is somebody else.
    """
    row = {"contactid": an_id(1), "versionnumber": 1, "modifiedon": "2026-01-01T00:00:00Z"}
    crm = ScriptedDataverse(a_page(row | {"emailaddress1": shown}))

    found = await DataverseGateway(crm.client()).list_by_address(
        Table.CONTACT, "emailaddress1", [address]
    )

    assert found == []


async def test_columns_are_remembered() -> None:
    """
    The metadata is read once for many pages; what is no metadata is worth another try.
    """
    book, crm = a_book(httpx.Response(200, json={"value": []}))
    await book.describe_columns()
    await book.describe_columns()
    broken, _ = a_book(httpx.Response(200, json={"value": [{}]}))

    assert len(crm.requests) == 4
    with pytest.raises(TransientError):
        await broken.describe_columns()


async def test_bulk_that_is_not_offered_goes_one_by_one() -> None:
    """
    Where the table takes no bulk message each mailing is written by itself.
    """
    crm = ScriptedDataverse(
        a_refusal(400, "0x80040800", "The request UpsertMultiple is not supported."),
        httpx.Response(204),
    )
    book = DataverseMailingBook(crm.client(), "a mark")
    rows = {RecordId(an_id(number)): a_mailing(f"m-{number}") for number in (1, 2)}

    assert list(await book.save(rows)) == []
    assert [request.method for request in crm.requests] == ["POST", "PATCH", "PATCH"]
