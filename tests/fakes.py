"""The ports in memory: they keep the contracts, and fail on demand."""

import itertools
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched
from typing import cast

from connector.application.ports import MarketingGateway
from connector.domain.caller import Caller
from connector.domain.connection import OtherAccountError, OtherOrganisationError
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
from connector.domain.errors import ConnectorError, ContactRejectedError, InvalidEventError
from connector.domain.event import ChangeEvent, RecordChanged, RelatedChanged
from connector.domain.identity import QUALIFIED
from connector.domain.looked_up import HeldPerson, HeldProperty
from connector.domain.mapping import Mapping as PropertyMapping
from connector.domain.mapping_set import MappingSet
from connector.domain.parking import ParkedEvent, parking_id
from connector.domain.property import Catalogue
from connector.domain.record_list import StatePage
from connector.domain.related import RelatedPage
from connector.domain.role import Role, UnauthorisedError
from connector.domain.sync_state import SyncState
from tests.builders import a_catalogue


class Failing:
    """Raises the errors that a test put in `errors`, one a call, before anything is done."""

    def __init__(self) -> None:
        self.errors: list[ConnectorError] = []

    def fail_if_told(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


class FakeCrm(Failing):
    """Is the `CrmGateway` on a dictionary of rows; as a `Checkable` it says whether it is there."""

    def __init__(self, *rows: Record) -> None:
        super().__init__()
        self.rows = {row.key: row for row in rows}
        self.queries: list[tuple[Table, int]] = []
        self.looked_for: list[int] = []
        self.secured: set[tuple[Table, str]] = set()
        self.made_at: dict[tuple[Table, str], datetime] = {}
        self.hidden: set[RecordKey] = set()
        self.is_ours = True

    async def prove(self) -> None:
        if not self.is_ours:
            raise OtherOrganisationError

    def put(self, *rows: Record) -> None:
        self.rows |= {row.key: row for row in rows}

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        self.fail_if_told()
        assert len(ids) <= 100
        self.queries.append((table, len(ids)))
        wanted = {column.name for column in columns}
        found = (self.rows.get(RecordKey(table, id_)) for id_ in ids)

        return {
            row.key.id: replace(
                row, columns={name: v for name, v in row.columns.items() if name in wanted}
            )
            for row in found
            if row is not None
        }

    async def find_originating_leads(
        self, contacts: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        found: dict[RecordId, RecordId] = {}
        for row in sorted(self.rows.values(), key=lambda row: row.key):
            parent = row.value("parentcontactid")
            if row.value("statecode") == QUALIFIED and parent in contacts:
                found.setdefault(RecordId(str(parent)), row.key.id)

        return found

    async def find_heirs(self, leads: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        self.fail_if_told()
        named = {row.key.id: row.value("originatingleadid") for row in self.rows.values()}

        return {id_: RecordId(str(lead)) for id_, lead in named.items() if lead in leads}

    async def find_merged(
        self, table: Table, masters: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        self.fail_if_told()
        rows = [row for key, row in self.rows.items() if key.table is table]

        return {
            row.key.id: RecordId(str(row.value("masterid")))
            for row in rows
            if row.value("masterid") in masters
        }

    async def list_by_address(
        self,
        table: Table,
        column: str,
        addresses: Collection[str],
        columns: Collection[Column] = (),  # noqa: ARG002 - all of them are there
    ) -> Sequence[Record]:
        self.fail_if_told()
        assert len(addresses) <= 50
        self.looked_for.append(len(addresses))
        wanted = {one.casefold() for one in addresses}
        rows = [row for key, row in self.rows.items() if key.table is table]

        return [row for row in rows if str(row.value(column)).strip().casefold() in wanted]

    async def find_deleted(self, table: Table, ids: Collection[RecordId]) -> Collection[RecordId]:
        if ids:
            self.fail_if_told()
        keys = {RecordKey(table, id_) for id_ in ids}

        return {key.id for key in keys - self.rows.keys() - self.hidden}

    async def look_at_columns(
        self, table: Table, columns: Collection[str]
    ) -> Mapping[str, ColumnNow]:
        self.fail_if_told()

        return {
            name: ColumnNow((table, name) not in self.secured, self.made_at.get((table, name)))
            for name in columns
        }

    async def read_page(
        self, table: Table, columns: Collection[Column], *, size: int, cursor: str | None = None
    ) -> RecordPage:
        start = cursor or ""
        ids = sorted(key.id for key in self.rows if key.table is table and key.id > start)[:size]
        self.fail_if_told()
        found: dict[RecordId, Record] = {}
        for some in batched(ids, 100, strict=False):
            found |= await self.list_records(table, some, columns)
        more = len(ids) == size and any(k.table is table and k.id > ids[-1] for k in self.rows)

        return RecordPage(tuple(found[id_] for id_ in ids), ids[-1] if more else None)

    async def count(self, table: Table) -> int:
        self.fail_if_told()
        return sum(key.table is table for key in self.rows)

    async def check(self) -> None:
        self.fail_if_told()


class FakeRelated(Failing):
    """The `RelatedReader` of a `FakeCrm`; a cursor is the last id of a page."""

    def __init__(self, crm: FakeCrm) -> None:
        super().__init__()
        self._crm = crm
        self.queries: list[tuple[Table, tuple[str, ...], int]] = []

    async def read_related(
        self,
        table: Table,
        columns: Collection[str],
        rows: Collection[RecordId],
        *,
        size: int,
        cursor: str | None = None,
    ) -> RelatedPage:
        assert len(rows) * len(columns) <= 200
        self.queries.append((table, (*columns,), len(rows)))
        self.fail_if_told()
        if cursor is not None and not cursor.startswith(f"{table}s?"):
            raise InvalidEventError("a cursor must be one that the CRM gave")

        start = (cursor or "").rpartition("?")[2]
        found = {
            key.id: sorted(map(str, theirs))
            for key, person in sorted(self._crm.rows.items())
            if key.table is table
            and key.id > start
            and (theirs := {person.value(column) for column in columns} & {*rows})
        }
        cut = [*found][:size]
        last = f"{table}s?{cut[-1]}" if len(found) > size else None

        return RelatedPage({id_: [*map(RecordId, found[id_])] for id_ in cut}, last)


class OfAccount:
    """A port to Spotler for one account alone: it refuses every call once another is known."""

    def __init__(self, port: object, known_as: Callable[[], Account], account: Account) -> None:
        self._port = port
        self._known_as = known_as
        self._account = account

    def __getattr__(self, name: str) -> object:
        if not callable(told := getattr(self._port, name)):
            return told

        async def call(*args: object, **named: object) -> object:
            self._check()
            answer = await getattr(self._port, name)(*args, **named)
            if name == "account":
                self._check()

            return answer

        return call

    def _check(self) -> None:
        if self._known_as() != self._account:
            raise OtherAccountError


class FakeMarketing(Failing):
    """Is the `MarketingGateway` on a dictionary of people.

    Where it merges, it knows people by their address first, and whoever is sent gives the id. Where
    it `may_merge`, nobody knows that it keeps them apart.
    """

    def __init__(self, catalogue: Catalogue | None = None, *, merges: bool = False) -> None:
        super().__init__()
        self.merges = merges
        self.may_merge = False
        self.catalogue = catalogue or a_catalogue()
        self.known_as = Account("account-1")
        self.saved_elsewhere: Account | None = None
        self.people: dict[ExternalId, dict[str, object]] = {}
        self.nameless: list[dict[str, object]] = []
        self.calls: list[list[ExternalId]] = []
        self.compared: list[ExternalId] = []
        self.refusals: list[ConnectorError] = []
        self.withdrawn: list[ExternalId] = []
        self.permissions: dict[ExternalId, dict[int, bool]] = {}
        self.anonymised: list[ExternalId] = []
        self.rejections: dict[ExternalId, Rejection] = {}
        self.refuses_to_end = False
        self.untold: set[ExternalId] = set()
        self.meanwhile: Callable[[], None] | None = None

    @property
    def merges_by_address(self) -> bool:
        return self.merges or self.may_merge

    async def account(self, *, now: bool = False) -> Account:
        if now:
            self.known_as, self.saved_elsewhere = self.saved_elsewhere or self.known_as, None

        return self.known_as

    def for_account(self, account: Account) -> MarketingGateway:
        return cast("MarketingGateway", OfAccount(self, lambda: self.known_as, account))

    async def get_catalogue(self) -> Catalogue:
        self.fail_if_told()
        return self.catalogue

    async def check(self) -> Catalogue:
        return await self.get_catalogue()

    async def save_contacts(
        self, contacts: Sequence[MarketingContact]
    ) -> Mapping[ExternalId, Rejection]:
        self.fail_if_told()
        assert len({one.external_id for one in contacts}) == len(contacts) <= 100
        self.calls.append([one.external_id for one in contacts])
        untold = {
            one.external_id: Rejection("INVALID_STATE")
            for one in contacts
            if self.merges and one.clears and one.external_id in self.untold
        }
        rejections = self.rejections | untold
        for one in contacts:
            if one.external_id not in rejections:
                sent = self._spared(one)
                self._merge(one)
                self.people.setdefault(one.external_id, {}).update(sent.properties)

        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()

        ids = {one.external_id for one in contacts}

        return {id_: why for id_, why in rejections.items() if id_ in ids}

    def rename(self, held: ExternalId, id_: ExternalId) -> None:
        """Give a person another id; whoever had that one has none any more."""
        self.people[id_] = self.people.pop(held)
        if held in self.permissions:
            self.permissions[id_] = self.permissions.pop(held)

    def _merge(self, contact: MarketingContact) -> None:
        address = contact.properties.get("email")
        alike = [id_ for id_, held in self.people.items() if held.get("email") == address]
        for held in alike if self.merges and address else ():
            self.rename(held, contact.external_id)
        for one in [one for one in self.nameless if self.merges and one.get("email") == address]:
            self.nameless.remove(one)
            self.people[contact.external_id] = one

    def _met(self, contact: MarketingContact) -> dict[str, object] | None:
        """Return who is changed by a contact: by the address where that counts, or by the id."""
        own = self.people.get(contact.external_id)
        people = [*filter(None, [own]), *self.people.values(), *self.nameless]
        address = contact.properties.get("email")
        alike = (one for one in people if address and one.get("email") == address)

        return next(alike, own) if self.merges else own

    def _spared(self, contact: MarketingContact) -> MarketingContact:
        """Return a contact that clears nothing of somebody else."""
        own = self.people.get(contact.external_id)
        is_filled = own is not None and contact.was_filled_at(_text(own.get("email")))
        is_ours = not self.merges or (is_filled and self._met(contact) is own)

        return contact if is_ours else contact.without_clearing()

    async def find_differences(self, contact: MarketingContact) -> Mapping[str, bool] | None:
        self.fail_if_told()
        if self.refusals:
            raise self.refusals.pop(0)

        self.compared.append(contact.external_id)
        held = self._met(contact)

        return None if held is None else self._differing(self._spared(contact), held)

    async def find_differences_with(
        self, contact: MarketingContact, held: HeldPerson
    ) -> Mapping[str, bool]:
        return self._differing(contact, {one.property: one.value for one in held.properties})

    def _differing(
        self, contact: MarketingContact, held: Mapping[str, object]
    ) -> Mapping[str, bool]:
        def plain(value: object) -> str | None:
            return None if value in (None, "") else str(value)

        return {
            name: plain(held.get(name)) is not None
            for name, value in contact.properties.items()
            if plain(held.get(name)) != plain(value)
        }

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        self.fail_if_told()
        if external_id in self.untold:
            raise ContactRejectedError("spotler must tell", code="INVALID_STATE")
        if external_id not in self.people:
            return None

        return self._shown(external_id, self.people[external_id])

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        self.fail_if_told()
        if self.refusals:
            raise self.refusals.pop(0)

        everybody = [*self.people.items(), *((None, one) for one in self.nameless)]

        return [
            self._shown(id_, held)
            for id_, held in everybody
            if str(held.get("email")).casefold() == address.casefold()
        ]

    def _shown(self, external_id: ExternalId | None, held: Mapping[str, object]) -> HeldPerson:
        labels = {one.name: one.label for one in self.catalogue}
        shown = [
            HeldProperty(n, labels.get(n, n), str(v)) for n, v in held.items() if v is not None
        ]

        return HeldPerson(external_id, tuple(shown))

    async def find_permissions(self, external_id: ExternalId) -> Mapping[int, bool] | None:
        self.fail_if_told()
        # Spotler shows no difference between a permission that was refused and one never given.
        bits = {bit for held in self.permissions.values() for bit in held}
        held = dict.fromkeys(sorted(bits), False) | self.permissions.get(external_id, {})

        return held if external_id in self.people else None

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        self.fail_if_told()
        if self.refuses_to_end:
            raise ContactRejectedError("spotler must accept the change", code="CONTACT_OPTOUT")

        if bits is None:
            self.withdrawn.append(external_id)
        held = self.permissions.get(external_id, {})
        off = held.keys() if bits is None else bits
        self.permissions[external_id] = held | dict.fromkeys(off, False)

        return external_id in self.people

    async def anonymise(self, external_id: ExternalId) -> bool:
        self.fail_if_told()
        self.anonymised.append(external_id)
        return external_id in self.people


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


class FakeRecords(Failing):
    """Is the `RecordStore` on a dictionary, with real races."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[RecordKey, SyncState] = {}
        self.writes = 0
        self._etags = itertools.count(1)

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        self.fail_if_told()
        assert all(uuid.UUID(key.id) for key in keys)
        return {key: self.rows[key] for key in keys if key in self.rows}

    def arrange(self, keys: Iterable[RecordKey]) -> Sequence[RecordKey]:
        return [*keys]

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        self.fail_if_told()
        return [state.key for state in states if not self.write(state)]

    async def list_between(
        self,
        table: Table,
        *,
        after: RecordId | None,
        until: RecordId | None,
        size: int,
    ) -> StatePage:
        """Return states in the order in which a `FakeCrm` pages."""
        self.fail_if_told()
        keys = sorted(key for key in self.rows if key.table is table and key.id > (after or ""))
        keys = [key for key in keys if until is None or key.id <= until]
        states = tuple(self.rows[key] for key in keys[:size])

        return StatePage(states, keys[size - 1] if len(keys) > size else None)

    def write(self, state: SyncState) -> bool:
        """Write one state at once; False when its row is not as it was read."""
        known = self.rows.get(state.key)
        if (known.etag if known else None) != state.etag:
            return False

        self.writes += 1
        self.rows[state.key] = replace(state, etag=f"etag-{next(self._etags)}")

        return True


class FakeMappings(Failing):
    """Is the `MappingStore` and the `MappingSets` on a list, with real races.

    What a test puts in `meanwhile` somebody else saves before each write in turn; while `stale` is
    set it is what a worker still knows.
    """

    def __init__(self, *changes: PropertyMapping) -> None:
        super().__init__()
        self.changes = changes
        self.stale: Sequence[PropertyMapping] | None = None
        self.meanwhile: list[Sequence[PropertyMapping] | None] = []
        self._version = 0

    async def list_changes(self, *, now: bool = False) -> Sequence[PropertyMapping]:
        return self.changes if now or self.stale is None else self.stale

    async def read(self) -> MappingSet:
        self.fail_if_told()
        return MappingSet(self.changes, str(self._version))

    async def replace(
        self, changes: Sequence[PropertyMapping], *, version: str
    ) -> MappingSet | None:
        self.fail_if_told()
        happens = self.meanwhile.pop(0) if self.meanwhile else None
        if happens is not None:
            self.write(*happens)
        if version != str(self._version):
            return None

        self.write(*changes)

        return await self.read()

    def write(self, *changes: PropertyMapping) -> None:
        """Store these at once, as somebody else does."""
        self.changes = changes
        self._version += 1


class FakeParking(Failing):
    """Is the `ParkingStore` on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.parked: dict[str, ParkedEvent] = {}
        self._etags = itertools.count(1)

    async def park(self, parked: ParkedEvent) -> None:
        self.fail_if_told()
        kept = parked.after(self.parked.get(parked.id))
        self.parked[parked.id] = replace(kept, etag=f"etag-{next(self._etags)}")

    async def list_of(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, ParkedEvent]:
        ids = {key: parking_id(key) for key in keys}

        return {key: self.parked[id_] for key, id_ in ids.items() if id_ in self.parked}

    async def list_for(
        self, reason: str, *, most: int, due: datetime | None = None
    ) -> Sequence[ParkedEvent]:
        found = [one for one in self.parked.values() if one.reason == reason]

        return [one for one in found if due is None or one.is_due(due)][:most]

    async def postpone(self, parked: Sequence[ParkedEvent], now: datetime) -> Sequence[ParkedEvent]:
        self.fail_if_told()
        noted = [replace(one, parked_at=now) for one in parked if self.parked.get(one.id) is one]
        self.parked |= {one.id: one for one in noted}

        return noted

    async def forget(self, parked: Sequence[ParkedEvent]) -> None:
        for one in parked:
            if self.parked.get(one.id) is one:
                del self.parked[one.id]


class FakeQueue(Failing):
    """The `EventQueue` on two lists, people and renamed rows apart; `delays` is of all."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[RecordChanged] = []
        self.related: list[RelatedChanged] = []
        self.delays: list[timedelta | None] = []

    async def send(self, events: Sequence[ChangeEvent], *, delay: timedelta | None = None) -> None:
        self.fail_if_told()
        self.events.extend(one for one in events if isinstance(one, RecordChanged))
        self.related.extend(one for one in events if isinstance(one, RelatedChanged))
        self.delays.extend([delay] * len(events))

    def take(self) -> list[RecordChanged]:
        """Remove and return all events."""
        events, self.events = self.events, []
        return events


class FakeRawQueue(Failing):
    """Is the `RawQueue` on a list."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[bytes, int]] = []
        self.delays: list[timedelta] = []

    async def send_raw(self, body: bytes, *, attempt: int, delay: timedelta) -> None:
        self.fail_if_told()
        self.messages.append((body, attempt))
        self.delays.append(delay)


class FakeSignIn(Failing):
    """Is the `SignIn` port: every role has a token that is its own name in lower case."""

    def __init__(self) -> None:
        super().__init__()
        self.callers = {
            role.name.lower(): Caller(f"object-id-of-{role.name.lower()}", frozenset({role}))
            for role in Role
        } | {"nobody": Caller("object-id-of-nobody", frozenset())}

    async def identify(self, token: str) -> Caller:
        self.fail_if_told()
        if token not in self.callers:
            raise UnauthorisedError("the token must be known")

        return self.callers[token]
