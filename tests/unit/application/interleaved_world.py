"""Both systems and our stores as several hosts see them: every call waits for its turn."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial

from connector.application.sync_contacts import sync_contacts
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import (
    Account,
    Column,
    ExternalId,
    Fingerprint,
    MarketingContact,
    Record,
    RecordId,
    RecordKey,
    RecordPage,
    Rejection,
    Table,
)
from connector.domain.crm_column import ColumnNow
from connector.domain.decision import OnDelete
from connector.domain.errors import reading
from connector.domain.event import ChangeEvent, RecordChanged
from connector.domain.looked_up import HeldPerson
from connector.domain.parking import ParkedEvent
from connector.domain.property import Catalogue
from connector.domain.record_list import StatePage
from connector.domain.sync_state import SyncState
from tests.builders import NOW
from tests.connections import FakeGate
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeRecords
from tests.unit.application.interleaving import Host, Queue

REFUSED = "refused"
"""Is a last name that Spotler does not take."""

BROKEN = Rejection("ERROR", is_transient=True)

ATTEMPTS = 8
"""More than a run has mishaps, so that only what can never succeed is given up."""


class Done(StrEnum):
    """Tells what happened to a person in Spotler."""

    SAVED = "saved"
    CONSENTED = "consented"
    WITHDRAWN = "withdrawn"
    ANONYMISED = "anonymised"


class Spotler(FakeMarketing):
    """Remembers, person by person, what was done to them."""

    def __init__(self, *, merges: bool = False) -> None:
        super().__init__(merges=merges)
        self.done: dict[ExternalId, list[Done]] = defaultdict(list)
        self.last_sent: dict[ExternalId, Fingerprint] = {}
        self.calls_taken = 0

    async def save_one(self, contact: MarketingContact) -> Rejection | None:
        self.calls_taken += 1
        if contact.properties["lastName"] == REFUSED:
            return Rejection("PROPERTY_INVALID", "lastName")

        await super().save_contacts([contact])
        self.done[contact.external_id].append(Done.SAVED)
        self.last_sent[contact.external_id] = contact.fingerprint

        return None

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        if bits is not None:
            return await super().withdraw_permissions(external_id, bits)

        return self._end(external_id, Done.WITHDRAWN)

    async def anonymise(self, external_id: ExternalId) -> bool:
        if is_known := self._end(external_id, Done.ANONYMISED):
            self.people[external_id] = {}

        return is_known

    def rename(self, held: ExternalId, id_: ExternalId) -> None:
        super().rename(held, id_)
        self.done[id_] = self.done.pop(held, [])

    def consent(self, external_id: ExternalId) -> None:
        """Give a permission, as a user of Spotler does."""
        if external_id in self.people:
            self.done[external_id].append(Done.CONSENTED)

    def _end(self, external_id: ExternalId, how: Done) -> bool:
        self.calls_taken += 1
        if external_id in self.people:
            self.done[external_id].append(how)

        return external_id in self.people


@dataclass(slots=True)
class World:
    """Is what all hosts share.

    `robbed` are the rows that lost their permissions with somebody else, though the host that took
    them could have known: nothing moved since it began to look.
    """

    queue: Queue
    on_delete: OnDelete
    crm: FakeCrm = field(default_factory=FakeCrm)
    spotler: Spotler = field(default_factory=Spotler)
    records: FakeRecords = field(default_factory=FakeRecords)
    parking: FakeParking = field(default_factory=FakeParking)
    robbed: list[RecordKey] = field(default_factory=list)
    _moved: int = 0
    _looked: dict[int, int] = field(default_factory=dict)

    def move(self) -> None:
        """Note that something changed of which a host may not know yet."""
        self._moved += 1

    def look(self, host: Host) -> None:
        """Note that a host begins to look whom it may end."""
        self._looked[host.number] = self._moved

    def end(self, host: Host, external_id: ExternalId) -> None:
        """Note who loses permissions with one whom a host ends now."""
        address = self.spotler.people.get(external_id, {}).get("email")
        if address is not None and self._looked.get(host.number) == self._moved:
            self.robbed += [
                key
                for key, row in self.crm.rows.items()
                if row.value("emailaddress1") == address and self._has_lost_place(key)
            ]

    def _has_lost_place(self, key: RecordKey) -> bool:
        state = self.records.rows.get(key) or SyncState(key)
        was_sent = state.fingerprint is not None and state.successor is None

        return was_sent and state.external_id not in self.spotler.people

    async def work(self, host: Host) -> None:
        """Do what the worker behind the queue does with its messages."""
        seen = Seen(self, host)
        await sync_contacts(
            [message.read() for message in host.messages],
            licence=FakeGate(),
            crm=SeenCrm(self, host),
            marketing=seen,
            records=seen,
            mappings=FakeMappings(),
            try_again=TryAgain(
                seen, seen, BackOff(attempts=ATTEMPTS), NOW + timedelta(seconds=host.number)
            ),
            on_delete=self.on_delete,
        )


@dataclass(frozen=True, slots=True)
class SeenCrm:
    """Is the CRM as one host sees it: every call waits for its turn."""

    world: World
    host: Host

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        with reading(table):
            return await self.host.call(
                f"reads {table} rows", lambda: self.world.crm.list_records(table, ids, columns)
            )

    async def find_originating_leads(
        self, contacts: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        if not contacts:
            return {}

        with reading(Table.LEAD):
            return await self.host.call(
                "finds leads", lambda: self.world.crm.find_originating_leads(contacts)
            )

    async def find_heirs(self, leads: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        with reading(Table.CONTACT):
            return await self.host.call("finds heirs", lambda: self.world.crm.find_heirs(leads))

    async def find_merged(
        self, table: Table, masters: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        return await self.host.call(
            f"finds who became a {table}", lambda: self.world.crm.find_merged(table, masters)
        )

    async def list_by_address(
        self,
        table: Table,
        column: str,
        addresses: Collection[str],
        columns: Collection[Column] = (),
    ) -> Sequence[Record]:
        return await self.host.call(
            f"finds {table} rows by address",
            lambda: self.world.crm.list_by_address(table, column, addresses, columns),
        )

    async def find_deleted(self, table: Table, ids: Collection[RecordId]) -> Collection[RecordId]:
        if not ids:
            return []

        return await self.host.call(
            f"asks which {table} rows are deleted", lambda: self.world.crm.find_deleted(table, ids)
        )

    async def prove(self) -> None:
        await self.world.crm.prove()

    async def look_at_columns(
        self, table: Table, columns: Collection[str]
    ) -> Mapping[str, ColumnNow]:
        return await self.host.call(
            f"asks for the security of {table}",
            lambda: self.world.crm.look_at_columns(table, columns),
        )

    async def read_page(
        self, table: Table, columns: Collection[Column], *, size: int, cursor: str | None = None
    ) -> RecordPage:
        return await self.world.crm.read_page(table, columns, size=size, cursor=cursor)

    async def count(self, table: Table) -> int:
        return await self.world.crm.count(table)


@dataclass(frozen=True, slots=True)
class Seen:
    """Is all the rest as one host sees it: every call waits for its turn.

    What real systems do row by row happens here row by row, with room for others in between.
    """

    world: World
    host: Host

    @property
    def merges_by_address(self) -> bool:
        return self.world.spotler.merges_by_address

    async def account(self, *, now: bool = False) -> Account:
        return await self.world.spotler.account(now=now)

    def for_account(self, account: Account) -> "Seen":  # noqa: ARG002 - nobody connects another
        return self

    async def get_catalogue(self) -> Catalogue:
        return self.world.spotler.catalogue

    async def check(self) -> Catalogue:
        self.world.look(self.host)

        return await self.get_catalogue()

    async def save_contacts(
        self, contacts: Sequence[MarketingContact]
    ) -> Mapping[ExternalId, Rejection]:
        assert len({one.external_id for one in contacts}) == len(contacts)
        answers = {one.external_id: await self._save_contact(one) for one in contacts}

        return {id_: rejection for id_, rejection in answers.items() if rejection is not None}

    async def _save_contact(self, contact: MarketingContact) -> Rejection | None:
        async def effect() -> Rejection | None:
            self.world.move()
            return await self.world.spotler.save_one(contact)

        return await self.host.call(f"saves {contact.external_id[:8]}", effect, alone=BROKEN)

    async def find_differences(self, contact: MarketingContact) -> Mapping[str, bool] | None:
        return await self.host.call(
            f"compares {contact.external_id[:8]}",
            lambda: self.world.spotler.find_differences(contact),
        )

    async def find_person(self, external_id: ExternalId) -> HeldPerson | None:
        return await self.host.call(
            f"shows {external_id[:8]}", lambda: self.world.spotler.find_person(external_id)
        )

    async def find_differences_with(
        self, contact: MarketingContact, held: HeldPerson
    ) -> Mapping[str, bool]:
        return await self.world.spotler.find_differences_with(contact, held)

    async def find_by_address(self, address: str) -> Sequence[HeldPerson]:
        return await self.host.call(
            "shows an address", lambda: self.world.spotler.find_by_address(address)
        )

    async def find_permissions(self, external_id: ExternalId) -> Mapping[int, bool] | None:
        return await self.host.call(
            f"asks what {external_id[:8]} allows",
            lambda: self.world.spotler.find_permissions(external_id),
        )

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        async def effect() -> bool:
            if bits is None:
                self.world.end(self.host, external_id)

            return await self.world.spotler.withdraw_permissions(external_id, bits)

        return await self.host.call(f"withdraws {external_id[:8]}", effect)

    async def anonymise(self, external_id: ExternalId) -> bool:
        async def effect() -> bool:
            self.world.end(self.host, external_id)
            return await self.world.spotler.anonymise(external_id)

        return await self.host.call(f"anonymises {external_id[:8]}", effect)

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        states: dict[RecordKey, SyncState] = {}
        for key in sorted(keys):
            states |= await self.host.call(
                f"reads state {_short(key)}", partial(self.world.records.list_states, [key])
            )

        return states

    def arrange(self, keys: Iterable[RecordKey]) -> Sequence[RecordKey]:
        return [*keys]

    async def list_between(
        self,
        table: Table,
        *,
        after: RecordId | None,
        until: RecordId | None,
        size: int,
    ) -> StatePage:
        effect = partial(
            self.world.records.list_between,
            table,
            after=after,
            until=until,
            size=size,
        )

        return await self.host.call("reads states", effect)

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        lost: list[RecordKey] = []
        for state in states:
            self.world.move()
            lost += await self.host.call(
                f"writes state {_short(state.key)}",
                partial(self.world.records.save, [state]),
            )
            self.world.move()

        return lost

    async def park(self, parked: ParkedEvent) -> None:
        await self.host.call("parks", lambda: self.world.parking.park(parked))

    async def list_of(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, ParkedEvent]:
        return await self.host.call("lists parked", lambda: self.world.parking.list_of(keys))

    async def forget(self, parked: Sequence[ParkedEvent]) -> None:
        if parked:
            await self.host.call("releases", lambda: self.world.parking.forget(parked))

    async def send(self, events: Sequence[ChangeEvent], *, delay: timedelta | None = None) -> None:
        people = [event for event in events if isinstance(event, RecordChanged)]

        async def effect() -> None:
            self.world.queue.send(people, delay)

        hints = " ".join(_short(event.key) for event in people)
        await self.host.call(f"sends {hints}{' for later' if delay else ''}", effect)


def _short(key: RecordKey) -> str:
    return f"{key.table}-{key.id[:8]}"
