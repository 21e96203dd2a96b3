"""The places in Spotler of merged rows, which others may have too, or are going to take."""

from collections.abc import Callable
from dataclasses import dataclass

from connector.application.find_masters import Master
from connector.application.find_sharers import find_sharers
from connector.application.merged_row import Merge, find_address
from connector.application.ports import CrmGateway, MarketingGateway, RecordStore
from connector.domain.contact import RecordKey
from connector.domain.errors import ConfigurationError, System, named
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan, was_sent_at
from connector.domain.match import normal_address
from connector.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class MergedPlaces:
    """The places of merged rows: who else has them, and what becomes of them.

    Why a table cannot be asked who shares them is noted.
    """

    crm: CrmGateway
    marketing: MarketingGateway
    records: RecordStore
    plan: MappingPlan
    note: Callable[[ConfigurationError], None]

    async def find_sharer(self, merge: Merge, master: Master) -> RecordKey | None:
        """Return who alive has the place of a merged row too, and is sent before it is narrowed.

        A master that gets the address shares the place itself: its No wins. Where nobody tells who
        shares it the merged row waits alone.
        """
        if not self.marketing.merges_by_address or await self._find_common_address(merge, master):
            return None

        return await self._find_sharer(merge, apart=merge.state.key)

    async def find_first(self, merge: Merge, master: Master) -> RecordKey | None:
        """Return who must be sent before a merge is settled whose master Spotler does not know.

        A master that is deleted, or is left out, has nothing to keep.
        """
        if master.row is None:
            gone = await self.crm.find_deleted(master.key.table, [master.key.id])
            return None if gone else master.key

        by_address = self.marketing.merges_by_address
        address = await self._find_common_address(merge, master) if by_address else None
        if address is None:
            return None if master.is_left_out else master.key

        return await self._leave_place(merge, master, address)

    async def _find_common_address(self, merge: Merge, master: Master) -> str | None:
        """Return the address of the merged row in Spotler where it is the master's now."""
        held = await self.marketing.find_person(merge.id)
        address = normal_address(held.value(EMAIL.what)) if held else None

        return address if address == find_address(master.row, self.plan) else None

    async def _find_sharer(self, merge: Merge, *, apart: RecordKey) -> RecordKey | None:
        """Return who has a merged row's place too, apart from one; the row where nobody tells."""
        with named(System.SPOTLER_PEOPLE):
            found = await find_sharers(
                {apart: [merge.id]},
                crm=self.crm,
                marketing=self.marketing,
                records=self.records,
                plan=self.plan,
                note=self.note,
                gone=[apart],
            )

        # A row whose own state is lost counts there as one that lost its place.
        lost = [*found.lost.get(apart, ())]
        is_alone = apart not in found.lost and apart not in found.untold
        if is_alone or lost == [merge.state.key]:
            return None

        return next((one for one in lost if one != merge.state.key), merge.state.key)

    async def _leave_place(self, merge: Merge, master: Master, address: str) -> RecordKey | None:
        """Leave the place at an address to the master, which is sent before if it was its own.

        Two rows with one address have one place, with what was said by it; whoever was sent last
        gives it the id. A master that was sent without that address was never asked. What somebody
        else alive has there stays, unless the master, or who was merged into it, may have said No.
        """
        if master.state is None or was_sent_at(master.state, address):
            return master.key
        if not await self._may_have_refused(merge, master.state):
            sharer = await self._find_sharer(merge, apart=master.key)
            if sharer is not None:
                return sharer

        await self.marketing.withdraw_permissions(merge.id)

        return None

    async def _may_have_refused(self, merge: Merge, state: SyncState) -> bool:
        """Tell whether a master, or another one that was merged into it, may have had a place."""
        if state.external_id or state.filled or state.left_in:
            return True

        merged = await self.crm.find_merged(state.key.table, [state.key.id])

        return merged.keys() != {merge.state.key.id}
