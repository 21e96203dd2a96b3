"""Spotler's people and mailings for tests, and the ports that read and write them in memory."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from connector.application.to_dataverse_ports import ContactFeed, MailingFeed
from connector.domain.contact import (
    Account,
    ColumnValue,
    ExternalId,
    PropertyValue,
    Record,
    RecordId,
    RecordKey,
    Table,
)
from connector.domain.errors import PermanentError
from connector.domain.mailing import Mailing, MailingList
from connector.domain.spotler_contact import FeedPage, SpotlerContact, SpotlerKey
from connector.domain.way_back import ColumnKind, Columns, ColumnType
from tests.builders import NOW
from tests.fakes import Failing, FakeCrm, OfAccount

LONG_AGO = NOW - timedelta(days=90)
YESTERDAY = NOW - timedelta(days=1)
OUR_USER = "11111111-2222-3333-4444-555555555555"

TEXT = ColumnType(ColumnKind.TEXT, 100)
COLUMNS: Columns = {
    "emailaddress1": TEXT,
    "firstname": ColumnType(ColumnKind.TEXT, 50),
    "lastname": ColumnType(ColumnKind.TEXT, 50),
    "address1_postalcode": ColumnType(ColumnKind.TEXT, 20),
    "telephone1": TEXT,
    "mobilephone": TEXT,
    "birthdate": ColumnType(ColumnKind.DAY),
    "gendercode": ColumnType(ColumnKind.CHOICE),
}


def a_spotler_contact(
    key: str = "sp-1",
    external_id: str | None = "shop-1",
    *,
    last_changed: datetime | None = YESTERDAY,
    temporary: bool = False,
    is_readable: bool = True,
    said: Mapping[str, PropertyValue] | None = None,
    **properties: PropertyValue,
) -> SpotlerContact:
    """Return somebody of Spotler's; a property that is None is one that is not there."""
    plain: dict[str, PropertyValue] = {"email": f"{key}@example.nl", "firstName": "Jan"}
    whole = plain | dict(said or {}) | properties
    filled = {name: value for name, value in whole.items() if value is not None}

    return SpotlerContact(
        SpotlerKey(key),
        ExternalId(external_id) if external_id else None,
        last_changed,
        filled,
        temporary=temporary,
        is_readable=is_readable,
    )


class FakeContactFeed(Failing):
    """Is the `ContactFeed` on a list; who changed after `until` is not in it."""

    def __init__(self, *people: SpotlerContact) -> None:
        super().__init__()
        self.people = [*people]
        self.reads: list[tuple[int, int]] = []
        self.known_as = Account("account-1")

    def for_account(self, account: Account) -> ContactFeed:
        return cast("ContactFeed", OfAccount(self, lambda: self.known_as, account))

    async def read_contacts(self, *, until: datetime, offset: int, size: int) -> FeedPage:
        self.fail_if_told()
        self.reads.append((offset, size))
        there = [one for one in self.people if not one.last_changed or one.last_changed < until]

        return FeedPage(tuple(there[offset : offset + size]), len(there) > offset + size)


class FakeContactBook(Failing):
    """Is the `ContactBook` on the rows of a `FakeCrm`."""

    def __init__(self, crm: FakeCrm, columns: Columns = COLUMNS) -> None:
        super().__init__()
        self.crm = crm
        self.columns = columns
        self.created: list[RecordId] = []
        self.updated: list[RecordId] = []
        self.refused: set[RecordId] = set()
        self.meanwhile: Callable[[], None] = lambda: None

    async def describe_columns(self) -> Columns:
        return self.columns

    async def create(self, row: RecordId, columns: Mapping[str, ColumnValue]) -> bool:
        self._meet(row)
        key = RecordKey(Table.CONTACT, row)
        if key in self.crm.rows:
            return False

        self.created.append(row)
        self._write(Record(key, 0, {"createdon": NOW.isoformat()}), columns)

        return True

    async def update(self, held: Record, columns: Mapping[str, ColumnValue]) -> bool:
        self._meet(held.key.id)
        there = self.crm.rows.get(held.key)
        if there is None or there.version != held.version:
            return False

        self.updated.append(held.key.id)
        self._write(there, columns)

        return True

    def _meet(self, row: RecordId) -> None:
        """Let happen before a write what a test wants to."""
        self.meanwhile()
        self.fail_if_told()
        if row in self.refused:
            raise PermanentError("the CRM must accept what we write (status 400, 0x80040265)")

    def _write(self, row: Record, columns: Mapping[str, ColumnValue]) -> None:
        """Write as the CRM does, which also notes when and by whom."""
        written = {**row.columns, **columns, "modifiedby": OUR_USER}
        self.crm.put(replace(row, version=row.version + 1, columns=written, modified_on=NOW))


def a_mailing(key: str = "m-1", when: datetime | None = YESTERDAY, **fields: object) -> Mailing:
    return replace(Mailing(key, f"Mailing {key}", "EMAIL", when, 10), **fields)  # type: ignore[arg-type] # named by the test


class FakeMailingFeed(Failing):
    """Is the `MailingFeed` on a list; the details of each are asked for by key."""

    def __init__(self, *mailings: Mailing) -> None:
        super().__init__()
        self.mailings = [*mailings]
        self.unreadable: list[datetime | None] = []
        self.windows: list[tuple[datetime, datetime]] = []
        self.completed: list[str] = []
        self.known_as = Account("account-1")

    def for_account(self, account: Account) -> MailingFeed:
        return cast("MailingFeed", OfAccount(self, lambda: self.known_as, account))

    async def list_mailings(self, begin: datetime, end: datetime) -> MailingList:
        self.fail_if_told()
        self.windows.append((begin, end))

        return MailingList(
            tuple(
                one
                for one in self.mailings
                if not one.scheduled_on or begin <= one.scheduled_on < end
            ),
            tuple(when for when in self.unreadable if when is None or begin <= when < end),
        )

    async def complete(self, mailing: Mailing) -> Mailing:
        self.completed.append(mailing.key)

        return replace(mailing, subject=f"Subject of {mailing.key}", sender="Nieuws")


class FakeMailingBook(Failing):
    """Is the `MailingBook` on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[RecordId, Mailing] = {}
        self.refused: set[str] = set()

    async def list_mailings(self, rows: Collection[RecordId]) -> Mapping[RecordId, Mailing]:
        self.fail_if_told()
        return {row: self.rows[row] for row in rows if row in self.rows}

    async def save(self, mailings: Mapping[RecordId, Mailing]) -> Collection[RecordId]:
        self.fail_if_told()
        refused = [row for row, one in mailings.items() if one.key in self.refused]
        self.rows |= {row: one for row, one in mailings.items() if row not in refused}

        return refused
