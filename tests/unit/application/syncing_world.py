"""The fakes among which batches are synced, and what goes wrong in them."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from connector.application.sync_contacts import sync_contacts
from connector.application.try_again import TryAgain
from connector.domain.back_off import BackOff
from connector.domain.contact import (
    Column,
    ExternalId,
    MarketingContact,
    Record,
    RecordId,
    RecordKey,
    Rejection,
    Table,
)
from connector.domain.decision import OnDelete
from connector.domain.errors import ConnectorError, TransientError, reading
from connector.domain.event import RecordChanged
from connector.domain.outcome import Outcome
from connector.domain.property import Catalogue
from connector.domain.sync_state import SyncState, SyncStatus
from tests.builders import NOW
from tests.connections import FakeGate
from tests.fakes import FakeCrm, FakeMappings, FakeMarketing, FakeParking, FakeQueue, FakeRecords

QUALIFIED, OPEN = 1, 0


class World:
    """Is both systems and our own stores, with the use case between them."""

    def __init__(self, on_delete: OnDelete = OnDelete.WITHDRAW) -> None:
        self.crm = FakeCrm()
        self.marketing = FakeMarketing()
        self.records = FakeRecords()
        self.queue = FakeQueue()
        self.parking = FakeParking()
        self.gate = FakeGate()
        self.on_delete = on_delete
        self.attempts = 10
        self.causes: list[ConnectorError] = []

    async def sync(self, *events: RecordChanged) -> list[Outcome]:
        try_again = TryAgain(self.queue, self.parking, BackOff(attempts=self.attempts), NOW)
        self.causes = try_again.causes

        return await sync_contacts(
            events,
            licence=self.gate,
            crm=self.crm,
            marketing=self.marketing,
            records=self.records,
            mappings=FakeMappings(),
            try_again=try_again,
            on_delete=self.on_delete,
        )

    async def settle(self) -> None:
        """Take what came back on the queue until nothing does."""
        for _ in range(10):
            if not (events := self.queue.take()):
                return

            await self.sync(*events)

        pytest.fail("the queue never came to rest")

    def state(self, key: RecordKey) -> SyncState:
        return self.records.rows[key]

    def types(self) -> dict[str, object]:
        """Return who is in Spotler: Type by external id."""
        return {id_: person["freeField1"] for id_, person in self.marketing.people.items()}


class HalfCrm(FakeCrm):
    """Cannot read one table while `away` says which and why, and counts the questions in vain."""

    def __init__(self) -> None:
        super().__init__()
        self.away: tuple[Table, ConnectorError] | None = None
        self.vain = 0

    def _ask(self, table: Table) -> None:
        if self.away is not None and self.away[0] is table:
            self.vain += 1
            with reading(table):
                raise self.away[1]

    async def list_records(
        self, table: Table, ids: Collection[RecordId], columns: Collection[Column]
    ) -> Mapping[RecordId, Record]:
        self._ask(table)

        return await super().list_records(table, ids, columns)

    async def find_originating_leads(
        self, contacts: Collection[RecordId]
    ) -> Mapping[RecordId, RecordId]:
        if contacts:
            self._ask(Table.LEAD)

        return await super().find_originating_leads(contacts)

    async def find_heirs(self, leads: Collection[RecordId]) -> Mapping[RecordId, RecordId]:
        self._ask(Table.CONTACT)

        return await super().find_heirs(leads)

    async def list_by_address(
        self,
        table: Table,
        column: str,
        addresses: Collection[str],
        columns: Collection[Column] = (),
    ) -> Sequence[Record]:
        self._ask(table)

        return await super().list_by_address(table, column, addresses, columns)


class Poisoned(FakeMarketing):
    """Breaks on every call that holds one of some people."""

    def __init__(self, poison: set[ExternalId]) -> None:
        super().__init__()
        self.poison = poison

    async def save_contacts(
        self, contacts: Sequence[MarketingContact]
    ) -> Mapping[ExternalId, Rejection]:
        if any(one.external_id in self.poison for one in contacts):
            self.calls.append([one.external_id for one in contacts])
            raise TransientError("spotler answered 500")

        return await super().save_contacts(contacts)


class Remembering(FakeMarketing):
    """Goes on with the fields that it read first until it is checked, as the real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.known = self.catalogue
        self.off: set[int] = set()

    async def check(self) -> Catalogue:
        self.known = await super().check()

        return self.known

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        self.off.update(bit for field in self.known for bit in field.bits)

        return await super().withdraw_permissions(external_id, bits)


class Stale(FakeRecords):
    """Shows states as they once were, and writes to the real ones: a worker that is late."""

    def __init__(self, real: FakeRecords) -> None:
        super().__init__()
        self.seen = dict(real.rows)
        self.write = real.write  # type: ignore[method-assign]

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        return {key: self.seen[key] for key in keys if key in self.seen}


class Refusing(FakeMarketing):
    """Answers every write with an error."""

    async def save_contacts(self, _: object) -> Mapping[ExternalId, Rejection]:
        raise TransientError("spotler answered 500")

    async def withdraw_permissions(self, *_: object) -> bool:
        raise TransientError("spotler answered 500")


class Watched(FakeRecords):
    """Lets something happen just after states were written."""

    def __init__(self) -> None:
        super().__init__()
        self.after_save: Callable[[], None] = lambda: None

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        lost = await super().save(states)
        if states:
            self.after_save()

        return lost


class Slowly(FakeMarketing):
    """Fails at once to withdraw from some people, and takes a while for the others."""

    def __init__(self, failing: set[ExternalId]) -> None:
        super().__init__()
        self.failing = failing

    async def withdraw_permissions(
        self, external_id: ExternalId, bits: Collection[int] | None = None
    ) -> bool:
        if external_id in self.failing:
            raise TransientError("spotler answered 500")

        for _ in range(9):
            await asyncio.sleep(0)

        return await super().withdraw_permissions(external_id, bits)


def a_late_worker(world: World) -> World:
    late = World()
    late.records, late.marketing, late.queue = Stale(world.records), world.marketing, world.queue

    return late


def someone_else_writes(world: World, key: RecordKey) -> None:
    world.records.write(SyncState(key, status=SyncStatus.IN_SYNC))


def lose_answer() -> None:
    raise TransientError("spotler must answer in time")
