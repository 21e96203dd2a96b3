"""Everything that was read for one batch, and the identities that follow from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from connector.domain.batch import Work
from connector.domain.contact import ExternalId, Record, RecordId, RecordKey, Table
from connector.domain.identity import find_predecessor, find_successor, own_external_id
from connector.domain.sync_state import Reason, SyncState, SyncStatus


@dataclass(frozen=True)
class Snapshot:
    """Holds the work, the states (read first) and the rows (read after them) of one batch."""

    work: Mapping[RecordKey, Work]
    states: Mapping[RecordKey, SyncState]
    records: Mapping[RecordKey, Record]
    qualified_leads: Mapping[RecordId, RecordId]

    def state(self, key: RecordKey) -> SyncState:
        """Return what we know of a record; an empty state when that is nothing."""
        return self.states.get(key) or SyncState(key)

    def successor(self, lead: RecordKey) -> RecordKey | None:
        """Find the contact that took a lead over, or takes it over now."""
        known = self.state(lead).successor

        return RecordKey(Table.CONTACT, known) if known else self._heirs.get(lead)

    def external_id(self, key: RecordKey) -> ExternalId:
        """Return the id under which Spotler knows the person, or is going to."""
        known = self.state(key).external_id
        if known is not None:
            return known

        lead = self._predecessor(key)

        return own_external_id(lead if lead and self.successor(lead) == key else key)

    def claims(self) -> Iterator[tuple[SyncState, RecordKey]]:
        """Yield the lead states to write before anything is sent, each with its new contact.

        The write makes every older sync of the lead that is still under way lose its race.
        """
        for lead, contact in self._heirs.items():
            state = self.state(lead)
            if state.successor is None:
                yield self._handed_over(state, contact), contact

    @cached_property
    def _heirs(self) -> Mapping[RecordKey, RecordKey]:
        """Find which contact takes over which lead: whom the lead names, else who names the lead.

        A lead that was qualified twice goes to one contact only.
        """
        heirs: dict[RecordKey, RecordKey] = {}
        for key in self.work:
            contact = self._named_successor(key)
            if contact is not None:
                heirs[key] = contact

        for key in sorted(self.work):
            lead = self._predecessor(key)
            if lead is not None:
                heirs.setdefault(lead, key)

        return heirs

    def _named_successor(self, key: RecordKey) -> RecordKey | None:
        record = self.records.get(key)
        contact = find_successor(record) if record and key.table is Table.LEAD else None

        return contact if contact in self.records else None

    def _predecessor(self, key: RecordKey) -> RecordKey | None:
        """Find the lead that a contact came from; only newcomers to Spotler carry on its id."""
        record = self.records.get(key)
        if record is None or key.table is Table.LEAD or self.state(key).external_id is not None:
            return None

        return find_predecessor(record, self.qualified_leads)

    def _handed_over(self, state: SyncState, contact: RecordKey) -> SyncState:
        record = self.records.get(state.key)

        return replace(
            state,
            external_id=state.external_id or own_external_id(state.key),
            version=record.version if record else state.version,
            status=SyncStatus.EXCLUDED,
            reason=Reason.HANDED_OVER,
            notes=(),
            successor=contact.id,
        )
