"""Everything that was read for one batch, and the identities that follow from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from connector.domain.batch import Work
from connector.domain.contact import ExternalId, Record, RecordId, RecordKey, Table
from connector.domain.identity import (
    find_predecessor,
    find_successor,
    may_take_over,
    own_external_id,
)
from connector.domain.sync_state import Reason, SyncState, SyncStatus


@dataclass(frozen=True, slots=True)
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
        """Find the contact that took a lead over, or takes it over now because both rows exist."""
        known = self.state(lead).successor
        if known is not None:
            return RecordKey(Table.CONTACT, known)

        record = self.records.get(lead)
        successor = find_successor(record) if record else None
        if successor in self.records:
            return successor

        contacts = (key for key in self.work if key.table is Table.CONTACT)

        return next((key for key in contacts if self.predecessor(key) == lead), None)

    def predecessor(self, contact: RecordKey) -> RecordKey | None:
        """Find the lead whose external id a contact carries on; only newcomers have one."""
        record = self.records.get(contact)
        if record is None or self.state(contact).external_id is not None:
            return None

        lead = find_predecessor(record, self.qualified_leads)
        if lead is None or not may_take_over(contact, self.states.get(lead)):
            return None

        return lead

    def external_id(self, key: RecordKey) -> ExternalId:
        """Return the id under which Spotler knows the person, or is going to."""
        known = self.state(key).external_id
        if known is not None:
            return known

        lead = self.predecessor(key) if key.table is Table.CONTACT else None

        return own_external_id(lead or key)

    def claims(self) -> Iterator[tuple[SyncState, RecordKey]]:
        """Yield the lead states to write before anything is sent, each with its new contact.

        The write makes every older sync of the lead that is still under way lose its race.
        """
        for lead, contact in sorted(self._handovers()):
            state = self.state(lead)
            if state.successor is None:
                yield self._handed_over(state, contact), contact

    def _handovers(self) -> Iterable[tuple[RecordKey, RecordKey]]:
        pairs: dict[RecordKey, RecordKey] = {}
        for key in self.work:
            if key.table is Table.LEAD and (contact := self.successor(key)):
                pairs[key] = contact
            elif key.table is Table.CONTACT and (lead := self.predecessor(key)):
                pairs.setdefault(lead, key)

        return pairs.items()

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
