"""What people do in the CRM and in Spotler while the hosts are at work."""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from connector.domain.contact import ColumnValue, ExternalId, RecordId, RecordKey
from connector.domain.event import Change, RecordChanged
from connector.domain.identity import QUALIFIED
from tests.builders import a_change, a_contact_key, a_lead_key, a_person
from tests.unit.application.interleaved_world import World

type Changes = list[tuple[RecordKey, Change]]


class Kind(StrEnum):
    """Tells what somebody does."""

    WRITE_CONTACT = "write contact"
    WRITE_LEAD = "write lead"
    QUALIFY = "qualify lead"
    QUALIFY_ALONE = "qualify lead without contact"
    NAME_LEAD = "make contact from lead"
    DELETE_CONTACT = "delete contact"
    DELETE_LEAD = "delete lead"
    CONSENT_CONTACT = "consent contact"
    CONSENT_LEAD = "consent lead"


@dataclass(frozen=True, slots=True)
class Deed:
    """Is one thing that somebody does: to which lead, to which contact, and what is written.

    Each event of it is sent in so many copies. A deletion clears the links to the row, or not.
    """

    kind: Kind
    lead: int
    contact: int
    columns: Mapping[str, ColumnValue]
    copies: int
    clears_links: bool

    def __str__(self) -> str:
        return f"{self.kind} lead {self.lead} contact {self.contact} {self.columns}"


class Office:
    """Does what people do in the CRM and in Spotler, and tells of it as Dataverse does.

    It remembers who was ever deleted, and which contacts each lead may have become: into which it
    was ever qualified, or which named it while it was qualified and named nobody itself.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._crm = world.crm
        self._spotler = world.spotler
        self._versions = itertools.count(1)
        self.deleted: set[RecordKey] = set()
        self.heirs: dict[RecordKey, set[RecordId]] = defaultdict(set)
        self.events = 0

    def do(self, deed: Deed) -> list[RecordChanged]:
        """Do one thing if it can be done; return the events of it, some of them twice."""
        self._world.move()
        lead, contact = a_lead_key(deed.lead), a_contact_key(deed.contact)
        match deed.kind:
            case Kind.WRITE_CONTACT:
                changes = self._write(contact, deed.columns)
            case Kind.WRITE_LEAD:
                changes = self._write(lead, deed.columns)
            case Kind.QUALIFY:
                changes = self._qualify(lead, contact)
            case Kind.QUALIFY_ALONE:
                changes = self._qualify(lead, None)
            case Kind.NAME_LEAD:  # which hands nothing over as long as the lead is open
                changes = self._name(lead, contact)
            case Kind.DELETE_CONTACT:
                changes = self._delete(contact, "parentcontactid", clears=deed.clears_links)
            case Kind.DELETE_LEAD:
                changes = self._delete(lead, "originatingleadid", clears=deed.clears_links)
            case Kind.CONSENT_CONTACT | Kind.CONSENT_LEAD:
                key = contact if deed.kind is Kind.CONSENT_CONTACT else lead
                self._spotler.consent(ExternalId(key.id))
                changes = []

        events = [a_change(*change) for change in changes for _ in range(deed.copies)]
        self.events += len(events)

        return events

    def _write(self, key: RecordKey, columns: Mapping[str, ColumnValue]) -> Changes:
        known = self._crm.rows.get(key)
        kept = known.columns if known else a_person(key).columns
        self._put(key, {**kept, **columns})

        return [(key, Change.UPDATED if known else Change.CREATED)]

    def _qualify(self, lead: RecordKey, contact: RecordKey | None) -> Changes:
        """Qualify a lead into a new contact, into one that is there, or into none."""
        row = self._crm.rows.get(lead)
        if row is None or row.value("statecode") == QUALIFIED:
            return []

        changes: Changes = []
        if contact is not None and contact not in self._crm.rows:
            changes = self._name(lead, contact)

        parent = {"parentcontactid": contact.id} if contact else {}
        self._put(lead, {**row.columns, "statecode": QUALIFIED, **parent})
        self.heirs[lead] |= {contact.id} if contact else self._named_by(lead)

        return [*changes, (lead, Change.UPDATED)]

    def _name(self, lead: RecordKey, contact: RecordKey) -> Changes:
        """Make a contact that names the lead from which it was made."""
        row = self._crm.rows.get(lead)
        if row is None or contact in self._crm.rows:
            return []

        self._put(contact, {**a_person(contact).columns, "originatingleadid": lead.id})
        if row.value("statecode") == QUALIFIED and row.value("parentcontactid") is None:
            self.heirs[lead].add(contact.id)

        return [(contact, Change.CREATED)]

    def _delete(self, key: RecordKey, link: str, *, clears: bool) -> Changes:
        if self._crm.rows.pop(key, None) is None:
            return []

        self.deleted.add(key)
        for row in [*self._crm.rows.values()]:
            if clears and row.value(link) == key.id:
                self._put(row.key, {**row.columns, link: None})
                self._forget_heir(row.key)

        return [(key, Change.DELETED)]

    def _forget_heir(self, lead: RecordKey) -> None:
        """Allow what is as true as what nobody can tell any more.

        A qualified lead whose link was cleared names nobody: unless we noted its contact before, it
        stays a lead, or is a contact's that names it now.
        """
        state = self._world.records.rows.get(lead)
        if state is None or state.successor is None:
            self.heirs[lead] |= self._named_by(lead)

    def _named_by(self, lead: RecordKey) -> set[RecordId]:
        """Return the contacts that are there, and name a lead."""
        rows = self._crm.rows.values()

        return {row.key.id for row in rows if row.value("originatingleadid") == lead.id}

    def _put(self, key: RecordKey, columns: Mapping[str, ColumnValue]) -> None:
        self._crm.put(replace(a_person(key), version=next(self._versions), columns=columns))
