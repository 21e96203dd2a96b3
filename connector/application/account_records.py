"""The states of records as they are true for one Spotler account."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.application.ports import RecordStore
from connector.domain.contact import Account, RecordId, RecordKey, Table
from connector.domain.record_list import StatePage
from connector.domain.sync_state import SyncState, known_to


@dataclass(frozen=True, slots=True)
class AccountRecords:
    """A `RecordStore` for as long as one batch or page takes: whatever it sends goes to `account`.

    What another account was sent says nothing of this one. `others` are the accounts of the states
    that were read: where there are any, this host may not know yet which account is connected.
    """

    store: RecordStore
    account: Account
    others: set[Account] = field(default_factory=set)

    async def list_states(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, SyncState]:
        """Return the states that exist, by key."""
        states = await self.store.list_states(keys)
        named = {one.account for one in states.values() if one.account}
        self.others.update(named - {self.account})

        return {key: known_to(self.account, state) for key, state in states.items()}

    def arrange(self, keys: Iterable[RecordKey]) -> Sequence[RecordKey]:
        """Return the keys so that those follow each other whose states are written together."""
        return self.store.arrange(keys)

    async def save(self, states: Sequence[SyncState]) -> Collection[RecordKey]:
        """Write each state if its row is still as it was read; return the keys that lost."""
        return await self.store.save([replace(one, account=self.account) for one in states])

    async def list_between(
        self,
        table: Table,
        *,
        after: RecordId | None,
        until: RecordId | None,
        size: int,
    ) -> StatePage:
        """Return the states behind one id, up to and with another, as the CRM orders ids."""
        page = await self.store.list_between(table, after=after, until=until, size=size)

        return replace(page, states=tuple(known_to(self.account, one) for one in page.states))
