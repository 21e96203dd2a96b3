"""What the use cases may expect of any `MailingBook`, the fake and the real one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from connector.adapters.dataverse.mailing_book import DataverseMailingBook
from connector.application.to_dataverse_ports import MailingBook
from connector.domain.errors import ConfigurationError, TransientError
from connector.domain.mailing import mailing_row
from devstack.dataverse import DataverseOptions
from devstack.faults import Fault
from tests.builders import ORGANISATION
from tests.contract.crm_worlds import SimulatedWorld, simulated
from tests.spotler_people import FakeMailingBook, a_mailing

WHOLE = a_mailing("m-1", archive_link="https://archive.example/m-1", subject="News", sender="Shop")
ROW = mailing_row(ORGANISATION, WHOLE)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Is one footing: the port, and what is behind it."""

    book: MailingBook
    fake: FakeMailingBook | None = None
    simulated: SimulatedWorld | None = None


@pytest.fixture(params=["fake", "dataverse"])
async def shelf(request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    if request.param == "fake":
        fake = FakeMailingBook()
        yield Shelf(fake, fake=fake)
        return

    async with simulated() as one:
        yield Shelf(DataverseMailingBook(one.client, "a tag"), simulated=one)


async def test_mailing_is_kept(shelf: Shelf) -> None:
    """
    A mailing is read back as it was written, and one that nobody wrote is not there.
    """
    assert list(await shelf.book.save({ROW: WHOLE})) == []

    other = mailing_row(ORGANISATION, a_mailing("m-2"))
    assert await shelf.book.list_mailings([ROW, other]) == {ROW: WHOLE}


async def test_mailing_is_there_once(shelf: Shelf) -> None:
    """
    Writing a mailing again changes its row.
    """
    await shelf.book.save({ROW: WHOLE})
    later = replace(WHOLE, sent=99, archive_link=None)

    await shelf.book.save({ROW: later})

    assert await shelf.book.list_mailings([ROW]) == {ROW: later}


async def test_many_are_kept(shelf: Shelf) -> None:
    """
    Any number of mailings may be written at once.
    """
    mailings = [a_mailing(f"m-{number}") for number in range(230)]
    rows = {mailing_row(ORGANISATION, one): one for one in mailings}

    await shelf.book.save(rows)

    assert await shelf.book.list_mailings(list(rows)) == rows


async def test_refused_mailing_is_named(shelf: Shelf) -> None:
    """
    One that the CRM refuses does not keep the others out.
    """
    refused = a_mailing("m-2", type="x" * 30)
    rows = {mailing_row(ORGANISATION, one): one for one in (WHOLE, refused)}
    if shelf.fake is not None:
        shelf.fake.refused = {"m-2"}

    assert list(await shelf.book.save(rows)) == [mailing_row(ORGANISATION, refused)]
    assert await shelf.book.list_mailings(list(rows)) == {ROW: WHOLE}


async def test_outage_passes(shelf: Shelf) -> None:
    """
    A CRM that cannot take mailings now is a transient error.
    """
    if shelf.fake is not None:
        shelf.fake.errors.append(TransientError("the system must be up"))
    if shelf.simulated is not None:
        shelf.simulated.break_once(Fault(status=503))

    with pytest.raises(TransientError):
        await shelf.book.save({ROW: WHOLE})


async def test_missing_table_is_for_the_operator() -> None:
    """
    Where our own table is missing the error says what to do.
    """
    async with simulated(DataverseOptions(own_tables=False)) as one:
        book = DataverseMailingBook(one.client, "a tag")

        with pytest.raises(ConfigurationError, match="provision"):
            await book.list_mailings([ROW])
        with pytest.raises(ConfigurationError, match="provision"):
            await book.save({ROW: WHOLE})
