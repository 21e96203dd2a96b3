"""Note of Spotler's people who is equal now, and which rows say what Spotler has not got."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

from connector.application.match_contacts import IDS_PER_QUERY, Matching
from connector.domain.agreement import NEVER, agree, is_unsent
from connector.domain.contact import ExternalId, Record, RecordId, Table
from connector.domain.held_alike import is_held
from connector.domain.mapping_plan import MappingPlan
from connector.domain.merge import Fate, Merge, Why
from connector.domain.sync_state import SyncState, SyncStatus
from connector.domain.way_back import WayBack


@dataclass(frozen=True, slots=True)
class Noting:
    """Remembers what became of people: a change in the CRM afterwards is known for one."""

    matching: Matching
    plan: MappingPlan
    ways: Sequence[WayBack]
    now: datetime

    def is_unsent(self, held: Record) -> bool:
        """Tell whether a row may say what Spotler was never told."""
        known = self.matching.state(held.key.id)
        mapped = self.plan.map(held, ExternalId(known.external_id or ""), known.filled)
        contact = mapped.contact

        return is_unsent(known, held, contact.fingerprint if contact else None, self.ways)

    async def note(self, done: Sequence[tuple[Merge, Fate | Why]]) -> None:
        """Note whom Spotler holds as the CRM does now: nobody has to send them back."""
        written = [
            one.row for one, fate in done if one.row and fate in {Fate.CREATED, Fate.CHANGED}
        ]
        rows = await self._reread(written)

        # Who loses this race is being synced by somebody else, who knows better.
        await self.matching.records.save([*self._states(done, rows)])

    async def _reread(self, rows: Sequence[RecordId]) -> dict[RecordId, Record]:
        """Read what customers' own logic made of what we wrote."""
        found: dict[RecordId, Record] = {}
        for some in batched(rows, IDS_PER_QUERY, strict=False):
            found |= await self.matching.crm.list_records(
                Table.CONTACT, some, self.matching.columns
            )

        return found

    def _states(
        self, done: Sequence[tuple[Merge, Fate | Why]], rows: dict[RecordId, Record]
    ) -> Iterator[SyncState]:
        for one, fate in done:
            held = rows.get(one.row) or one.held if one.row else None
            state = self._state(one, fate, held) if held else None
            if state is not None:
                yield replace(state, changed_at=self.now)

    def _state(self, one: Merge, fate: Fate | Why, held: Record) -> SyncState | None:
        """Return the state of a row where it says something new, or None."""
        if isinstance(fate, Fate):
            return self._equal(one, held) or self._agreed(one, fate, held)

        known = self.matching.state(held.key.id)
        is_first = known.status is None and known.agreement is None
        differs = fate is Why.NEWER_IN_DYNAMICS

        return replace(known, agreement=NEVER) if is_first and differs else None

    def _equal(self, one: Merge, held: Record) -> SyncState | None:
        """Return the state of a row whose person Spotler holds alike, where it says no such yet."""
        known = self.matching.state(held.key.id)
        external_id = known.external_id or one.contact.external_id
        mapped = self.plan.map(held, ExternalId(external_id or ""), known.filled)
        if mapped.contact is None:
            return None

        is_noted = known.fingerprint == mapped.contact.fingerprint
        steps = self.plan.steps[Table.CONTACT]
        if is_noted or not is_held(mapped.contact, one.contact, steps):
            return None

        return replace(
            known,
            external_id=external_id,
            fingerprint=mapped.contact.fingerprint,
            version=held.version,
            status=SyncStatus.IN_SYNC,
            reason=None,
            notes=mapped.notes,
        )

    def _agreed(self, one: Merge, fate: Fate, held: Record) -> SyncState | None:
        """Return the state of a row that nothing has to be written over, as it is now.

        Most lack in Spotler what never goes back, and so are not equal.
        """
        known, says_more = self.matching.state(held.key.id), self.is_unsent(held)
        if known.status is SyncStatus.IN_SYNC and not says_more:
            return None

        # What we wrote ourselves is nothing that Spotler has not got.
        unsent = says_more and fate is Fate.UNCHANGED
        agreement = agree(known, held, one.contact, self.ways, unsent=unsent)

        return replace(known, agreement=agreement) if agreement else None
