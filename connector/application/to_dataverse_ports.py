"""What the syncs from Spotler to the CRM need besides; adapters and the tests' fakes fulfil it.

Every call raises as those of `CrmGateway` do.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from connector.domain.contact import Account, ColumnValue, Record, RecordId
from connector.domain.mailing import Mailing, MailingList
from connector.domain.spotler_contact import FeedPage
from connector.domain.way_back import Columns


class ContactFeed(Protocol):
    """Reads the people of a Spotler account."""

    def for_account(self, account: Account) -> "ContactFeed":
        """Return a feed of one account alone, as `MarketingGateway` does."""

    async def read_contacts(self, *, until: datetime, offset: int, size: int) -> FeedPage:
        """Return people who last changed before a moment, in whatever order Spotler has."""


class ContactBook(Protocol):
    """Writes the contacts of the CRM one by one, with our mark on each write."""

    async def describe_columns(self) -> Columns:
        """Return the columns that may be written, as read not long ago."""

    async def create(self, row: RecordId, columns: Mapping[str, ColumnValue]) -> bool:
        """Make a contact of that id; False when it is there already.

        Raises `PermanentError` when the CRM refuses what it says; `update` does so too.
        """

    async def update(self, held: Record, columns: Mapping[str, ColumnValue]) -> bool:
        """Change columns of a contact; False when the row is not as it was read any more."""


class MailingFeed(Protocol):
    """Reads the mailings of a Spotler account."""

    def for_account(self, account: Account) -> "MailingFeed":
        """Return a feed of one account alone, as `MarketingGateway` does."""

    async def list_mailings(self, begin: datetime, end: datetime) -> MailingList:
        """Return the mass mailings that were sent between two moments; their order is unknown."""

    async def complete(self, mailing: Mailing) -> Mailing:
        """Return a mailing with what only its details say."""


class MailingBook(Protocol):
    """Keeps mailings in our own table of the CRM."""

    async def list_mailings(self, rows: Collection[RecordId]) -> Mapping[RecordId, Mailing]:
        """Return the mailings that are there, by the id of their row.

        Raises `ConfigurationError` where the table is missing.
        """

    async def save(self, mailings: Mapping[RecordId, Mailing]) -> Collection[RecordId]:
        """Write mailings, each in its row; return the rows that the CRM refused."""
