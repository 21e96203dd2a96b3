"""Everything that was read for one batch, and the identities that follow from it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Self

from connector.domain.batch import Work
from connector.domain.contact import ExternalId, Record, RecordId, RecordKey, Table
from connector.domain.identity import (
    find_bearer,
    find_master,
    find_named_lead,
    find_successor,
    hands_over,
    is_unqualified,
    own_external_id,
)
from connector.domain.parking import ParkedEvent
from connector.domain.sync_state import (
    Reason,
    SyncState,
    SyncStatus,
    come_back,
    filled_as,
    forget_sent,
    give_up,
)


@dataclass(frozen=True)
class Snapshot:
    """Holds the work, the states (read first) and the rows (read after them) of one batch.

    `named_leads` are rows of leads that contacts of the work name, and that are no work themselves.
    `parked` is what was parked before the rows were read, as far as anybody is going to settle it.
    `borne` are rows that are not there, but by whose id Spotler knows somebody alive; `ended` are
    rows of which the CRM says that they are deleted; `outdated` names what was filled from columns
    that were made anew since; `let_go` are ids of leads that contacts carried until now.
    """

    work: Mapping[RecordKey, Work]
    states: Mapping[RecordKey, SyncState]
    records: Mapping[RecordKey, Record]
    qualified_leads: Mapping[RecordId, RecordId]
    named_leads: Mapping[RecordKey, Record] = field(default_factory=dict)
    parked: Mapping[RecordKey, ParkedEvent] = field(default_factory=dict)
    borne: Collection[RecordKey] = frozenset()
    ended: Collection[RecordKey] = frozenset()
    outdated: Mapping[RecordKey, frozenset[str]] = field(default_factory=dict)
    let_go: Mapping[RecordKey, ExternalId] = field(default_factory=dict)

    def state(self, key: RecordKey) -> SyncState:
        """Return what we know of a record; an empty state when that is nothing."""
        known = self.states.get(key) or SyncState(key)
        outdated = self.outdated.get(key)

        return replace(known, filled=known.filled - outdated) if outdated else known

    def successor(self, lead: RecordKey) -> RecordKey | None:
        """Find the contact that took a lead over, or takes it over now.

        A lead that is open again, or was since, and whose contact is over, is a lead again.
        """
        known = self.state(lead).successor
        if known is None or lead.table is not Table.LEAD:
            return self._heirs.get(lead)

        contact, row = RecordKey(Table.CONTACT, known), self.records.get(lead)
        is_free = row is not None and is_unqualified(row)

        return None if is_free and self._is_over(contact) else contact

    def _is_over(self, contact: RecordKey) -> bool:
        row = self.records.get(contact)

        return contact in self.ended or (row is not None and find_master(row) is not None)

    def release(self) -> Self:
        """Return a snapshot in which contacts let go of the ids of leads that are not theirs.

        That lead is a lead again, or became another contact: the id stands for somebody alive. So
        what was sent under it last is the lead's.
        """
        carried = {
            key: lead
            for key in self.work
            if (lead := find_bearer(key, self.state(key).external_id)) and lead in self.states
        }

        released = {
            key: forget_sent(replace(self.state(key), external_id=None))
            for key, lead in carried.items()
            if self.successor(lead) != key and self.state(lead).reason != Reason.DELETED
        }
        let_go = {key: own_external_id(carried[key]) for key in released}
        returned = {
            carried[key]: filled_as(self.state(carried[key]), self.state(key)) for key in released
        }

        return replace(self, states={**self.states, **released, **returned}, let_go=let_go)

    def external_id(self, key: RecordKey) -> ExternalId:
        """Return the id under which Spotler knows the person, or is going to."""
        if key not in self._external_ids:
            self._external_ids[key] = self._find_external_id(key)

        return self._external_ids[key]

    @cached_property
    def _external_ids(self) -> dict[RecordKey, ExternalId]:
        """Remember what was asked before: it is asked several times for each person."""
        return {}

    def _find_external_id(self, key: RecordKey) -> ExternalId:
        known = self.state(key).external_id
        if known is not None:
            return known

        lead = self._predecessor(key)

        return own_external_id(lead if lead and self.successor(lead) == key else key)

    def filled(self, key: RecordKey) -> frozenset[str]:
        """Return what Spotler has of us under the person's id (`property=column`).

        A newcomer takes over what was sent of the lead that they were; so does whoever carries the
        id of a lead that was sent late. What a send filled before the one that the state tells of
        was begun is told by that one.
        """
        lead = find_bearer(key, self.external_id(key))
        sent = self._sent_as(key)
        since = self.filled_at(key)
        work = [one for row in (key, lead) if row and (one := self.work.get(row))]
        late = [one.filled for one in work if not _is_older(one.filled_at, since)]
        filled = frozenset[str]().union(*(state.filled for state in sent), *late)

        return filled - self.outdated.get(key, frozenset())

    def filled_at(self, key: RecordKey) -> datetime | None:
        """Return since when what is filled may stand, as far as that is known."""
        return min((one.filled_at for one in self._sent_as(key) if one.filled_at), default=None)

    def remembered(self, key: RecordKey) -> SyncState:
        """Return what we know of a record, with what Spotler has of us under the person's id."""
        return replace(self.state(key), filled=self.filled(key), filled_at=self.filled_at(key))

    def _sent_as(self, key: RecordKey) -> list[SyncState]:
        """Return the states under which a person may have been sent: as a lead, a newcomer.

        Nobody was sent as a lead any more once it was handed over, until its contact let go of it.
        """
        known = self.state(key)
        if key.table is Table.LEAD and known.successor is not None:
            return [known] if RecordKey(Table.CONTACT, known.successor) in self.let_go else []

        is_heir = known.external_id is None and self.external_id(key) != own_external_id(key)
        lead = self._predecessor(key) if is_heir else None

        return [known, self.state(lead)] if lead else [known]

    def lasting_id(self, key: RecordKey) -> ExternalId | None:
        """Return the id that a person keeps who is not sent now.

        Who never was in Spotler under their own id may still carry on that of a lead.
        """
        external_id = self.external_id(key)
        is_own = external_id == own_external_id(key)
        is_new = is_own and self.state(key).external_id is None and not self.work[key].repeated

        return None if is_new else external_id

    def coming_back(self, key: RecordKey) -> SyncState:
        """Return the state of who is tried again by themselves, and may have been sent."""
        return come_back(replace(self.remembered(key), external_id=self.external_id(key)))

    def given_up(self, key: RecordKey) -> SyncState:
        """Return the state of who was tried too often, and may have been sent."""
        return give_up(replace(self.remembered(key), external_id=self.external_id(key)))

    def other_ids(self, key: RecordKey) -> tuple[ExternalId, ...]:
        """Return the ids that are not the person's, but under which they may have been sent."""
        lead = self._predecessor(key)
        ids = {own_external_id(key)}
        if lead is not None and self.successor(lead) == key:
            ids.add(own_external_id(lead))

        return tuple(sorted(ids - {self.external_id(key)}))

    def is_ending(self, lead: RecordKey) -> bool:
        """Tell whether a lead's own Spotler contact ends now, because its heir has another."""
        contact, work, known = self.successor(lead), self.work[lead], self.state(lead)
        if contact is None or (known.successor is not None and not work.looks_again):
            return False

        return self.external_id(contact) != own_external_id(lead)

    def is_last(self, lead: RecordKey) -> bool:
        """Tell whether a lead that is deleted was all that its contact, which is over, left.

        A contact that was merged leaves the id alone until it is retired.
        """
        contact = self.successor(lead)
        if contact is None or not self.work[lead].deleted or lead in self.records:
            return False

        is_retired = self.state(contact).reason == Reason.MERGED and self._is_over(contact)

        return contact in self.ended or is_retired

    @cached_property
    def survivors(self) -> Collection[RecordKey]:
        """Find the contacts that must be in Spotler before their leads end there."""
        known = [key for key, one in self.work.items() if one.forced or self.state(key).etag]
        ending = filter(self.is_ending, known)

        return {contact for lead in ending if (contact := self.successor(lead))}

    def claims(self) -> Iterator[SyncState]:
        """Yield the lead states to write before anything is sent, each with its new contact.

        The write makes every older sync of the lead that is still under way lose its race.
        """
        for lead, contact in self._heirs.items():
            state = self.state(lead)
            if state.successor is None:
                yield self._handed_over(state, contact)

    def inheritances(self) -> Iterator[SyncState]:
        """Yield the contact states to write after the claims, each with the id of its lead.

        Whoever syncs or buries the contact from then on does so under that id.
        """
        for key in self.work:
            state, external_id = self.state(key), self.external_id(key)
            if state.external_id is None and external_id != own_external_id(key):
                yield replace(self.remembered(key), external_id=external_id)

    def kin(self, keys: Collection[RecordKey]) -> Mapping[RecordKey, Work]:
        """Return the work of these rows, and of those whose identity hangs on theirs.

        It is all that has to be looked at again when somebody else decides over these rows.
        """
        named = ((self._predecessor(key), key) for key in self.work)
        pairs = {*self._heirs.items(), *((lead, key) for lead, key in named if lead)}
        hit = {contact for lead, contact in pairs if lead in keys or contact in keys}

        kin: dict[RecordKey, Work] = {}
        for lead, contact in pairs:
            if contact in hit and (work := self.work.get(contact)):
                kin[contact] = work
                kin[lead] = self.work.get(lead) or work.bring(lead)

        return kin

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
        """Find the lead that a contact came from, where that can still matter."""
        carried = find_bearer(key, self.state(key).external_id)
        if carried in self.work:
            return carried

        record = self.records.get(key)
        if record is None or not is_open(key, self.work.get(key), self.states.get(key)):
            return None

        lead = find_named_lead(record)
        row = (self.records.get(lead) or self.named_leads.get(lead)) if lead else None
        if lead and (row is None or hands_over(row, key)):
            return lead

        parent = self.qualified_leads.get(key.id)

        return RecordKey(Table.LEAD, parent) if parent else None

    def _handed_over(self, state: SyncState, contact: RecordKey) -> SyncState:
        record = self.records.get(state.key)

        return replace(
            state,
            external_id=own_external_id(state.key),
            version=record.version if record else state.version,
            status=SyncStatus.EXCLUDED,
            reason=Reason.HANDED_OVER,
            notes=(),
            successor=contact.id,
        )


def is_open(key: RecordKey, work: Work | None, state: SyncState | None) -> bool:
    """Tell whether it matters of which lead a contact came.

    Only a newcomer to Spotler carries on the id of its lead. Who came in under its own id, and
    finds it forced, may have lost that race after it claimed the lead.
    """
    if key.table is Table.LEAD:
        return False
    if state is None or state.external_id is None:
        return True

    is_repeated = work is not None and work.repeated

    return is_repeated and state.external_id == own_external_id(key)


def _is_older(moment: datetime | None, since: datetime | None) -> bool:
    return moment is not None and since is not None and moment < since
