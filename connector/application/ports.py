"""What the use cases need of the world; adapters and the tests' fakes fulfil it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from connector.domain.caller import Caller
from connector.domain.contact import (
    Account,
    Column,
    ExternalId,
    MarketingContact,
    Record,
    RecordId,
    RecordKey,
    RecordPage,
    Rejection,
    Table,
)
from connector.domain.crm_column import ColumnNow
from connector.domain.event import ChangeEvent
from connector.domain.looked_up import HeldPerson
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.parking import ParkedEvent
from connector.domain.property import Catalogue
from connector.domain.record_list import StatePage
from connector.domain.related import RelatedPage
from connector.domain.sync_state import SyncState


class CrmGateway(Protocol):
    """Reads people from the CRM.

    Every call raises `TransientError` (`RateLimitedError` with the vendor's wait) when the CRM
    cannot answer now, and `ConfigurationError` when it refuses who we are or what we ask for.
    `OtherOrganisationError` is one: the CRM was made sure to be ours a minute ago at most. An
    error that may be about one table alone names it.
    """

    async def prove(self) -> None:
        """Make sure now that the CRM is our organisation's.

        An event that has just come from it needs no more than the usual; what has waited does.
        """

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        """Return the rows that exist now, by id, at most 100 in one query."""

    async def find_originating_leads(
        self, contacts: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        """Return for each contact the oldest qualified lead whose parent it is, where one is."""

    async def find_heirs(self, leads: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        """Return the contacts that name one of these as the lead they were made from, each with it.

        The leads themselves may be gone.
        """

    async def find_merged(
        self, table: Table, masters: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        """Return the rows that were merged into one of these, each with that one."""

    async def list_by_address(
        self,
        table: Table,
        column: str,
        addresses: Collection[str],
        columns: Collection[Column] = (),
    ) -> Sequence[Record]:
        """Return the rows whose column holds one of at most 50 addresses, whatever their case.

        They are read with that column and these. Who has one of them, but does not show it to us,
        has that column among what is `unknown`.
        """

    async def find_deleted(self, table: Table, ids: Collection[RecordId]) -> Collection[RecordId]:
        """Return which rows are deleted by the CRM's own word; each is asked for by itself."""

    async def look_at_columns(
        self, table: Table, columns: Collection[str]
    ) -> Mapping[str, ColumnNow]:
        """Return what is true now of these columns, as far as they are there.

        A column that our user may not read reads null without an error.
        """

    async def read_page(
        self, table: Table, columns: Collection[Column], *, size: int, cursor: str | None = None
    ) -> RecordPage:
        """Return the rows behind a cursor, or the first ones, in the order of their ids.

        A cursor is for the CRM alone to read, and holds ids at most.
        """

    async def count(self, table: Table) -> int:
        """Return about how many rows a table has: the CRM may have counted a day ago."""


class RelatedReader(Protocol):
    """Knows who points to rows of the CRM; raises as `CrmGateway` does."""

    async def read_related(
        self,
        table: Table,
        columns: Collection[str],
        rows: Collection[RecordId],
        *,
        size: int,
        cursor: str | None = None,
    ) -> RelatedPage:
        """Return the people behind a cursor, or the first, who have one of the rows in a lookup.

        Rows times columns are at most 100. A column that is not there holds nobody. Raises
        `InvalidEventError` for a cursor that the CRM did not give.
        """


class MarketingGateway(Protocol):
    """Writes people to Spotler; raises as `CrmGateway` does."""

    @property
    def merges_by_address(self) -> bool:
        """Tell whether the account may know a contact by its address, whatever its id."""

    async def account(self, *, now: bool = False) -> Account:
        """Return the account that calls go to, on demand the one that is connected now.

        Otherwise it is the one that was connected a while ago at most.
        """

    def for_account(self, account: Account) -> "MarketingGateway":
        """Return a gateway to one account alone: once another is connected it refuses each call.

        It raises `TransientError` then: what was begun for one account never goes to another.
        """

    async def get_catalogue(self) -> Catalogue:
        """Return the visible contact fields of the account, as read not long ago."""

    async def check(self) -> Catalogue:
        """Return the visible contact fields, read now; raise when Spotler does not know us."""

    async def save_contacts(
        self, contacts: Sequence[MarketingContact]
    ) -> Mapping[ExternalId, Rejection]:
        """Create or update at most 100 people in one call; return only those that were refused.

        Where the account merges by address, a value is cleared only of a contact that is surely the
        one that we filled.
        """

    async def find_differences(self, contact: MarketingContact) -> Mapping[str, bool] | None:
        """Return what saving would change; None when Spotler does not know the contact.

        Each property says whether Spotler holds a value, which would be lost. Raises
        `PermanentError` when Spotler does not tell.
        """

    async def find_differences_with(
        self, contact: MarketingContact, held: HeldPerson
    ) -> Mapping[str, bool]:
        """Return the same of a person who was found already, by their address say."""

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        """Return a person in the words of Spotler's screens; None when it does not know them.

        Raises `ContactRejectedError` when Spotler does not tell.
        """

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        """Return the people whom Spotler holds with an address, whatever its case.

        Somebody may have no external id. Raises `PermanentError` when Spotler does not tell.
        """

    async def find_permissions(self, external_id: ExternalId) -> Mapping[int, bool] | None:
        """Return what a person allows, by bit of the catalogue; None when Spotler knows nobody.

        Raises `ContactRejectedError` when Spotler does not tell.
        Spotler shows no difference between what was refused and what was never given.
        """

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        """Switch permissions of one person off, every one where no bits are named.

        It is False when Spotler does not know the person.
        """

    async def anonymise(self, external_id: ExternalId) -> bool:
        """Make one person unrecognisable; False when Spotler does not know them."""


class RecordStore(Protocol):
    """Keeps the sync state of records; every write is conditional."""

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        """Return the states that exist, by key."""

    def arrange(self, keys: Iterable[RecordKey]) -> Sequence[RecordKey]:
        """Return the keys so that those follow each other whose states are written together."""

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        """Write each state if its row is still as it was read; return the keys that lost the race.

        A state without an etag is written only if there is no row.
        """

    async def list_between(
        self,
        table: Table,
        *,
        after: RecordId | None,
        until: RecordId | None,
        size: int,
    ) -> StatePage:
        """Return the states behind one id, up to and with another, in the order of the CRM's ids.

        At most `size` rows of a partition are read at once: the rest is behind the last one that
        is told.
        """


class MappingStore(Protocol):
    """Keeps what administrators changed about the default mappings."""

    async def list_changes(self, *, now: bool = False) -> Sequence[PropertyMapping]:
        """Return the stored mappings, deleted ones included, as read not long ago, or now."""


class ParkingStore(Protocol):
    """Keeps events that can never succeed, or failed too often, until somebody sends them again."""

    async def park(self, parked: ParkedEvent) -> None:
        """Keep an event; parking the same one again replaces it."""

    async def list_of(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, ParkedEvent]:
        """Return what is parked of some records, as far as anything is."""

    async def forget(self, parked: Sequence[ParkedEvent]) -> None:
        """Forget what is still parked as it was listed; what was parked anew since stays."""


class EventQueue(Protocol):
    """Carries events to the workers."""

    async def send(self, events: Sequence[ChangeEvent], *, delay: timedelta | None = None) -> None:
        """Queue events, to be taken now or after the delay; return when they are safe.

        Raises `TransientError` when the queue does not take them.
        """


class RawQueue(Protocol):
    """Carries messages that nobody understands, as they are."""

    async def send_raw(self, body: bytes, *, attempt: int, delay: timedelta) -> None:
        """Queue a message, to be taken after the delay; whoever takes it is told the attempt.

        Raises `TransientError` when the queue does not take it.
        """


class Counter(Protocol):
    """Counts what operators watch; labels have few values and never hold an id."""

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        """Count."""


class SignIn(Protocol):
    """Knows who asks."""

    async def identify(self, token: str) -> Caller:
        """Return of whom a token speaks; raises `UnauthorisedError` for any that is not for us."""
